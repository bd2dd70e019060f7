import { isMap, isScalar } from "yaml";

import {
  columnOf,
  endOf,
  findConfig,
  findPair,
  insertEntry,
  insertLines,
  type ParsedMap,
  type ParsedPair,
  stackFormError,
} from "./insertEntry.ts";

/** An orchestra as it is written into a stack file. */
export interface OrchestraEntry {
  id: string;
  name: string;
  /** Left out: the id. */
  subdomain?: string;
  contact: { name: string; email: string };
  /** YYYY-MM-DD */
  since: string;
  /** Left out: a project of its own. */
  database?: string;
}

/** A database that exists already, as `stagesub:adopted` is to hold it. Its URLs are secret, in a file's text encrypted by Pulumi. */
export interface AdoptedEntry {
  /** The orchestra's id, or `pool-N`. */
  key: string;
  /** The app's way in. */
  url: string;
  /** The migrator's; see `deriveDirectUrl`. */
  direct: string;
}

/** The lines of an orchestra in a stack file. */
export interface OrchestraLines {
  lines: string[];
  /** The distance of its id from the beginning of the line. */
  column: number;
}

/**
 * Puts an orchestra at the end of `stagesub:orchestras` in a stack file's text; see {@link insertEntry}. It does not check
 * what the file then says; parseStack does.
 */
export function addOrchestra(text: string, entry: OrchestraEntry): string {
  return insertEntry(text, "orchestras", (column, step) => formatOrchestra(entry, column, step));
}

/** Puts a database's encrypted URLs at the end of `stagesub:adopted`, in the form that `pulumi config set` writes. */
export function addAdopted(text: string, { key, url, direct }: AdoptedEntry): string {
  return insertEntry(text, "adopted", (column, step) =>
    indentLines(
      formatText(key),
      ["url:", " ".repeat(step) + `secure: ${url}`, "direct:", " ".repeat(step) + `secure: ${direct}`],
      column,
      step,
    ),
  );
}

/**
 * Gives one key of an orchestra's entry in a stack file's text a plain value: an existing value is replaced, or the key is put at the
 * end of the entry, in the entry's own form. Every other byte stays: comments, order, quotes. It does not check what the
 * file then says; parseStack does.
 *
 * @throws {UserError} when the entry is not written where it stands: an alias
 */
export function setOrchestraKey(text: string, id: string, key: string, value: number | boolean | string): string {
  const entry = findOrchestra(text, id)?.pair.value;
  if (!isMap(entry) || entry.items.length === 0) throw stackFormError(`stagesub:orchestras.${id}:`);
  const known = findPair(entry, [key])?.value;
  if (known !== undefined && known !== null) {
    if (!isScalar(known)) throw stackFormError(`${id}.${key}:`);
    return text.slice(0, known.range[0]) + String(value) + text.slice(known.range[1]);
  }
  const last = entry.items.at(-1)!;
  if (entry.flow) {
    const end = (last.value ?? last.key).range[1];
    return `${text.slice(0, end)}, ${key}: ${value}${text.slice(end)}`;
  }
  const column = columnOf(text, last.key.range[0]);
  return insertLines(text, endOf(text, last, column), [`${" ".repeat(column)}${key}: ${value}`]);
}

/**
 * Takes an orchestra's lines out of a stack file's text, with the comments inside and below it. Every other byte stays.
 *
 * @returns undefined if the file has no orchestra of this id
 * @throws {UserError} when the orchestras are written in a form without a line for each
 */
export function takeOrchestra(text: string, id: string): ({ rest: string } & OrchestraLines) | undefined {
  const found = findOrchestra(text, id);
  if (!found) return undefined;
  const { orchestras, pair } = found;
  if (orchestras.flow) throw stackFormError("stagesub:orchestras:");
  const column = columnOf(text, pair.key.range[0]);
  const [start, end] = [pair.key.range[0] - column, endOf(text, pair, column)];
  const lines = text
    .slice(start, end)
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
  return { rest: text.slice(0, start) + text.slice(end), lines, column };
}

/** Puts an orchestra's lines at the end of `stagesub:orchestras` in another stack file's text, at that file's indentation. */
export function putOrchestra(text: string, { lines, column }: OrchestraLines): string {
  return insertEntry(text, "orchestras", (to) =>
    lines.map((line) => (line.trim() === "" ? "" : " ".repeat(to) + line.slice(Math.min(column, line.search(/\S/))))),
  );
}

function findOrchestra(text: string, id: string): { orchestras: ParsedMap; pair: ParsedPair } | undefined {
  const config = findConfig(text);
  const orchestras = config && findPair(config, ["stagesub:orchestras", "orchestras"])?.value;
  const pair = isMap(orchestras) ? findPair(orchestras, [id]) : undefined;
  return isMap(orchestras) && pair ? { orchestras, pair } : undefined;
}

function formatOrchestra(
  { id, name, subdomain, contact, since, database }: OrchestraEntry,
  column: number,
  step: number,
) {
  const lines = [
    `name: ${formatText(name)}`,
    ...(subdomain === undefined ? [] : [`subdomain: ${formatText(subdomain)}`]),
    `contact: { name: ${formatText(contact.name)}, email: ${formatText(contact.email)} }`,
    `since: ${quote(since)}`,
    ...(database === undefined ? [] : [`database: ${formatText(database)}`]),
  ];
  return indentLines(formatText(id), lines, column, step);
}

function indentLines(key: string, lines: string[], column: number, step: number): string[] {
  const outer = " ".repeat(column);
  return [`${outer}${key}:`, ...lines.map((line) => `${outer}${" ".repeat(step)}${line}`)];
}

/** Writes a text plain only if every YAML reader takes it for a text, Go's with its YAML 1.1 leftovers included. */
function formatText(text: string): string {
  const isPlain = /^\p{L}[\p{L}\p{M}\p{N}@._'&()+/ -]*$/u.test(text) && !text.endsWith(" ");
  return isPlain && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text) ? text : quote(text);
}

/** Quotes a text with JSON's escapes, which YAML shares. Writes unprintable characters as codes, so that a reviewer sees them. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu,
    (sign) => `\\U${sign.codePointAt(0)!.toString(16).padStart(8, "0")}`,
  );
}
