import { createHash } from "node:crypto";
import { UserError } from "../../errors.ts";
import type { MigrationFile } from "../migrations/readMigrations.ts";
import type { SchemaFile } from "./readSchemaFiles.ts";
import type { SchemaItem } from "./readSchema.ts";

export interface MadeSchema {
  /** The items that migrations make or change. */
  items: SchemaItem[];
  /** Names of the items that migrations remove from a new database. */
  removed: string[];
  /** Text of the schema file. */
  text: string;
  /** Major version of the server. */
  major: number;
}

/** Returns the text of one major version's file; undefined if it is missing or was made from other migrations. */
export function findSchemaText(
  files: readonly SchemaFile[],
  migrations: readonly MigrationFile[],
  major: number,
): string | undefined {
  const text = files.find(({ file }) => file === `postgres-${major}.txt`)?.text;
  return text?.split("\n", 1)[0] === headLine(migrations, major) ? text : undefined;
}

/** Returns the first line, which identifies the migrations that the file was made from. */
function headLine(migrations: readonly MigrationFile[], major: number): string {
  const hash = createHash("sha256");
  for (const { file, sha256 } of migrations) hash.update(`${file} ${sha256}\n`);
  const last = migrations.at(-1)?.file ?? "no migration";
  return `# PostgreSQL ${major}, up to ${last} (${hash.digest("hex").slice(0, 16)}). Made by \`npm run migrations -- --write\`.`;
}

/**
 * Writes one line per object, sorted, with its definition behind a tab; the parts of a table are indented below it. Objects that
 * the migrations remove from a new database are marked `(removed)`.
 */
export function formatSchemaFile(
  items: readonly SchemaItem[],
  removed: readonly string[],
  migrations: MigrationFile[],
  major: number,
): string {
  const tops = new Set(items.filter(({ of }) => of === null).map(({ what }) => what));
  const lines = items.map(({ what, of, definition }) => {
    const parent = of !== null && tops.has(of) ? of : null;
    return { key: parent === null ? what : `${parent}\0${what}`, line: line(what, definition, parent !== null) };
  });
  const gone = removed.map((what) => ({ key: what, line: line(what, removedMark, false) }));
  // Sorts by code units: a collation would differ from machine to machine.
  const sorted = [...lines, ...gone].sort((left, right) => (left.key < right.key ? -1 : 1));
  return [headLine(migrations, major), ...sorted.map(({ line }) => line), ""].join("\n");
}

/** Reads the lines of a schema file; `removed` names the objects of a new database that the migrations remove. */
export function parseSchemaFile(text: string): { items: SchemaItem[]; removed: string[] } {
  const items: SchemaItem[] = [];
  const removed: string[] = [];
  let of: string | null = null;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [name, definition] = line.split("\t");
    if (definition === undefined)
      throw new UserError(
        "schema-file",
        `Expected "<object><tab><definition>" in the schema file, got ${JSON.stringify(line.slice(0, 80))}.`,
      );
    const isPart = name!.startsWith("  ");
    const what = unescape(name!.trimStart());
    if (!isPart) of = what;
    if (definition === removedMark) removed.push(what);
    else items.push({ what, of: isPart ? of : null, definition: unescape(definition) });
  }
  return { items, removed };
}

const removedMark = "(removed)";

function line(what: string, definition: string, isPart: boolean): string {
  return `${isPart ? "  " : ""}${escape(what)}\t${escape(definition)}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => ({ t: "\t", n: "\n", r: "\r" })[letter] ?? letter);
}
