import type { Migration } from "../../infra/database/readMigrations.ts";
import type { Step } from "./previewDigest.ts";

/** A migration that is pending somewhere, once for all. */
export interface MigrationChange {
  file: string;
  /** What it runs, as the file has it; left out where there is no such file. */
  sql?: string;
  /** Whom it reaches: ids of orchestras. */
  orchestras: string[];
  /** And which databases that wait. */
  spares: string[];
}

/**
 * The migrations that databases of before get, by file. What is new gets all files, and is not told of here.
 *
 * @param holderOf the orchestra that holds a database, by its key; itself where it waits
 */
export function readMigrationChanges(
  steps: readonly Step[],
  files: readonly Migration[],
  holderOf: (key: string) => string | undefined,
): MigrationChange[] {
  const pending = steps
    .filter(({ kind, op }) => kind === "OrchestraDatabase" && op === "update")
    .flatMap(({ name, changed }) => newFiles(changed).map((file) => ({ file, key: name })));
  return [...new Set(pending.map(({ file }) => file))].sort().map((file) => {
    const keys = pending.filter((one) => one.file === file).map(({ key }) => key);
    return {
      ...describeFile(file, files),
      orchestras: keys.flatMap((key) => holderOf(key) ?? []).sort(),
      spares: keys
        .filter((key) => holderOf(key) === undefined)
        .sort((a, b) => a.localeCompare(b, "en", { numeric: true })),
    };
  });
}

/** The main database's, which are one database's. */
export function readRegistryChanges(steps: readonly Step[], files: readonly Migration[]): MigrationChange[] {
  const own = steps.filter(({ kind, op }) => kind === "RegistryDatabase" && op === "update");
  return own
    .flatMap(({ changed }) => newFiles(changed))
    .sort()
    .map((file) => ({ ...describeFile(file, files), orchestras: [], spares: [] }));
}

/** Names are taken for what they are only where they look like a migration's. */
function newFiles(changed: Step["changed"]): string[] {
  return changed.flatMap(({ key, item, kind }) =>
    key === "migrations" && kind === "add" && item !== undefined && /^\d{4}_[a-z0-9_]{1,100}\.sql$/.test(item)
      ? [item]
      : [],
  );
}

function describeFile(file: string, files: readonly Migration[]): Pick<MigrationChange, "file" | "sql"> {
  const found = files.find((migration) => migration.file === file);
  return { file, ...(found && { sql: trimSql(found.up) }) };
}

/** Without the mark above it, which is the file's and not SQL. */
function trimSql(up: string): string {
  return up
    .replace(/^-- Up Migration[^\n]*\n?/, "")
    .replace(/\s+$/, "")
    .replace(/^(\s*\n)+/, "");
}
