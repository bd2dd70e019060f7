import type { Migration } from "../../../infra/database/migrations/readMigrations.ts";
import type { SqlDanger } from "../../../infra/database/migrations/rules/findDangers.ts";
import type { Step } from "./previewDigest.ts";

/** A migration that is pending in at least one database. */
export interface MigrationChange {
  file: string;
  /** Its SQL; left out if there is no such file. */
  sql?: string;
  /** The ids of the orchestras that it reaches; none for a migration of the main database. */
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
  /** The number of databases in `total`. */
  databases: number;
  /** The database with most of these rows. */
  most?: { id: string; rows: number };
  /** Databases in which the table could be neither counted nor estimated. */
  unknown: string[];
  unreachable: string[];
}

export type DatabaseKind = "OrchestraDatabase" | "RegistryDatabase";

/** A folder of migrations, with the dangers of its pending files. */
export interface JudgedFolder {
  files: readonly Migration[];
  dangers: readonly SqlDanger[];
}

/** Returns the files that are pending in existing databases of this kind, sorted. New databases get all files and are left out. */
export function readPendingFiles(steps: readonly Step[], kind: DatabaseKind): string[] {
  return [...new Set(steps.flatMap((step) => newFiles(step, kind)))].sort();
}

/**
 * Returns the pending migrations of one kind of database, each with the databases that it reaches.
 *
 * @param holderOf the orchestra that holds a database, by the database's key; undefined for a spare
 */
export function readMigrationChanges(
  steps: readonly Step[],
  kind: DatabaseKind,
  { files, dangers }: JudgedFolder,
  holderOf: (key: string) => string | undefined,
): MigrationChange[] {
  return readPendingFiles(steps, kind).map((file) => {
    const reached = kind === "OrchestraDatabase" ? steps.filter((step) => newFiles(step, kind).includes(file)) : [];
    const spares = reached.filter(({ name }) => holderOf(name) === undefined).map(({ name }) => name);
    const found = files.find((migration) => migration.file === file);
    return {
      file,
      ...(found && { sql: trimSql(found.up) }),
      dangers: dangers.filter((danger) => danger.file === file),
      orchestras: reached.flatMap(({ name }) => holderOf(name) ?? []).sort(),
      spares: spares.sort((a, b) => a.localeCompare(b, "en", { numeric: true })),
    };
  });
}

/** Returns the migrations that an update adds. Ignores names that do not look like a migration's. */
function newFiles({ kind, op, changed }: Step, wanted: DatabaseKind): string[] {
  if (kind !== wanted || op !== "update") return [];
  const added = changed.filter((change) => change.key === "migrations" && change.kind === "add");
  return added.flatMap(({ item = "" }) => (/^\d{4}_[a-z0-9_]{1,100}\.sql$/.test(item) ? [item] : []));
}

/** Drops the section mark and the empty lines around the SQL. */
function trimSql(up: string): string {
  const sql = up.replace(/^-- Up Migration[^\n]*\n?/, "");
  return sql.replace(/\s+$/, "").replace(/^(\s*\n)+/, "");
}
