import type { Migration } from "../../infra/database/migrations/readMigrations.ts";
import type { SqlDanger } from "../../infra/database/migrations/rules/findDangers.ts";
import type { Step } from "./previewDigest.ts";

/** A migration that is pending in at least one database. */
export interface MigrationChange {
  file: string;
  /** Its SQL, as the file has it; left out if there is no such file. */
  sql?: string;
  /** The ids of the orchestras that it reaches. */
  orchestras: string[];
  /** The spare databases that it reaches. */
  spares: string[];
  /** Statements that destroy, lock, rewrite, or cannot be read. */
  dangers: (SqlDanger & { rows?: RowsMet })[];
}

/** The rows that a statement meets, over all databases that it reaches. */
export interface RowsMet {
  total: number;
  /** Whether every row was counted; otherwise some numbers are PostgreSQL's estimates. */
  exact: boolean;
  /** The number of those databases. */
  databases: number;
  /** The database with most of these rows. */
  most?: { id: string; rows: number };
  /** Databases that could not be asked. */
  unreachable: string[];
}

/** Returns the files that are pending in existing databases of this kind, sorted. New databases get all files and are left out. */
export function readPendingFiles(steps: readonly Step[], kind: "OrchestraDatabase" | "RegistryDatabase"): string[] {
  const own = steps.filter((step) => step.kind === kind && step.op === "update");
  return [...new Set(own.flatMap(({ changed }) => newFiles(changed)))].sort();
}

/**
 * Returns the pending migrations of the orchestras' databases, each with the databases that it reaches.
 *
 * @param holderOf the orchestra that holds a database, by the database's key; undefined for a spare
 */
export function readMigrationChanges(
  steps: readonly Step[],
  files: readonly Migration[],
  dangers: readonly SqlDanger[],
  holderOf: (key: string) => string | undefined,
): MigrationChange[] {
  return readPendingFiles(steps, "OrchestraDatabase").map((file) => {
    const own = steps.filter(
      ({ kind, op, changed }) => kind === "OrchestraDatabase" && op === "update" && newFiles(changed).includes(file),
    );
    const keys = own.map(({ name }) => name);
    return {
      ...describeFile(file, files, dangers),
      orchestras: keys.flatMap((key) => holderOf(key) ?? []).sort(),
      spares: keys
        .filter((key) => holderOf(key) === undefined)
        .sort((a, b) => a.localeCompare(b, "en", { numeric: true })),
    };
  });
}

/** Returns the pending migrations of the main database. */
export function readRegistryChanges(
  steps: readonly Step[],
  files: readonly Migration[],
  dangers: readonly SqlDanger[],
): MigrationChange[] {
  const pending = readPendingFiles(steps, "RegistryDatabase");
  return pending.map((file) => ({ ...describeFile(file, files, dangers), orchestras: [], spares: [] }));
}

/** Returns the added migrations. Ignores names that do not look like a migration's. */
function newFiles(changed: Step["changed"]): string[] {
  return changed.flatMap(({ key, item, kind }) =>
    key === "migrations" && kind === "add" && item !== undefined && /^\d{4}_[a-z0-9_]{1,100}\.sql$/.test(item)
      ? [item]
      : [],
  );
}

function describeFile(file: string, files: readonly Migration[], dangers: readonly SqlDanger[]) {
  const found = files.find((migration) => migration.file === file);
  return { file, ...(found && { sql: trimSql(found.up) }), dangers: dangers.filter((danger) => danger.file === file) };
}

/** Drops the mark above the SQL, which is the file's and not SQL. */
function trimSql(up: string): string {
  return up
    .replace(/^-- Up Migration[^\n]*\n?/, "")
    .replace(/\s+$/, "")
    .replace(/^(\s*\n)+/, "");
}
