import { insertEntry } from "./insertEntry.ts";

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

/** The URLs of an adopted database as they are written into a stack file: encrypted by Pulumi. */
export interface AdoptedCiphers {
  /** The orchestra's id, or `pool-N`. */
  key: string;
  url: string;
  direct: string;
}

/**
 * Puts an orchestra at the end of `stagesub:orchestras` in a stack file's text; see {@link insertEntry}. It does not check
 * what the file then says; parseStack does.
 */
export function addOrchestra(text: string, entry: OrchestraEntry): string {
  return insertEntry(text, "orchestras", (column, step) => formatOrchestra(entry, column, step));
}

/** Puts a database's encrypted URLs at the end of `stagesub:adopted`, in the form that `pulumi config set` writes. */
export function addAdopted(text: string, { key, url, direct }: AdoptedCiphers): string {
  return insertEntry(text, "adopted", (column, step) =>
    indentLines(
      formatText(key),
      ["url:", " ".repeat(step) + `secure: ${url}`, "direct:", " ".repeat(step) + `secure: ${direct}`],
      column,
      step,
    ),
  );
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
