import { createHash } from "node:crypto";
import { UserError } from "../../errors.ts";
import type { MigrationFile } from "../migrations/readMigrations.ts";
import type { SchemaFile } from "./readSchemaFiles.ts";
import type { SchemaItem } from "./readSchema.ts";

export interface MadeSchema {
  /** The items that migrations make or change. */
  items: SchemaItem[];
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
  return `# PostgreSQL ${major}, up to ${last} (${hash.digest("hex").slice(0, 16)}). Made by \`./stagesub migrations --write\`.`;
}

/**
 * Writes one line per object, sorted: its kind, name and definition, with tabs between them. The parts of a table are indented below
 * it. Objects that the migrations remove from a new database are marked `(removed)`.
 */
export function formatSchemaFile(
  items: readonly SchemaItem[],
  removed: readonly SchemaItem[],
  migrations: MigrationFile[],
  major: number,
): string {
  const all = [...items, ...removed.map((item) => ({ ...item, of: null, definition: removedMark }))];
  const tops = new Set(all.filter(({ of }) => of === null).map(({ what }) => what));
  const lines = all.map(({ kind, what, of, definition }) => {
    const parent = of !== null && tops.has(of) ? of : null;
    const cells = [kind, what.slice(kind.length + 1), definition].map(escape).join("\t");
    return parent === null ? { key: what, line: cells } : { key: `${parent}\0${what}`, line: `  ${cells}` };
  });
  // Sorts by code units: a collation would differ from machine to machine.
  const sorted = lines.sort((left, right) => (left.key < right.key ? -1 : 1));
  return [headLine(migrations, major), ...sorted.map(({ line }) => line), ""].join("\n");
}

/** Reads the lines of a schema file; `removed` names the objects of a new database that the migrations remove. */
export function parseSchemaFile(text: string): { items: SchemaItem[]; removed: string[] } {
  const items: SchemaItem[] = [];
  let top: string | null = null;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [kind, name, definition] = line.trimStart().split("\t").map(unescape);
    if (definition === undefined)
      throw new UserError(
        "schema-file",
        `Expected "<kind><tab><name><tab><definition>" in the schema file, got ${JSON.stringify(line.slice(0, 80))}.`,
      );
    const what = `${kind} ${name}`;
    const isPart = line.startsWith("  ");
    if (!isPart) top = what;
    items.push({ kind: kind!, what, of: isPart ? top : null, definition });
  }
  const isRemoved = ({ definition }: SchemaItem): boolean => definition === removedMark;
  return { items: items.filter((item) => !isRemoved(item)), removed: items.filter(isRemoved).map(({ what }) => what) };
}

const removedMark = "(removed)";

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => ({ t: "\t", n: "\n", r: "\r" })[letter] ?? letter);
}
