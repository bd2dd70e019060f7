import { createBookkeeping } from "../../../infra/database/tenant/bookkeeping.ts";
import type { Connection } from "../../../infra/database/connection/connection.ts";
import { migrateDatabase } from "../../../infra/database/migrations/migrateDatabase.ts";
import type { Migration } from "../../../infra/database/migrations/readMigrations.ts";
import {
  withLockedTransaction,
  type LockedTransaction,
} from "../../../infra/database/connection/withLockedTransaction.ts";
import type { MigrationFolder } from "../migrationReview.ts";

/** The migrations of one folder, as they would be on the base branch with this branch merged. */
export interface MigrationSet {
  folder: MigrationFolder;
  /** Folder of the files while they are tried. */
  directory: string;
  /** All, sorted; `path` is as people know it, `migrations/orchestra/0012_nickname.sql`. */
  all: Migration[];
  /** The base branch's migrations. */
  before: Migration[];
  /** This branch's new migrations. */
  added: Migration[];
}

/** Runs migrations as `pulumi up` does, in a database that nobody has used yet. @throws {UserError} with file and line */
export async function migrateNew(set: MigrationSet, connection: Connection, pending: Migration[]): Promise<number> {
  return withLockedTransaction({ connection, databaseName: set.folder }, async (transaction) => {
    await createBookkeeping(transaction.client);
    return timeMigration(set, transaction, pending, true);
  });
}

/**
 * Runs one migration as `pulumi up` does in a database that is in use.
 *
 * @param look gets the open transaction when its work is done, and how long that took in milliseconds
 * @throws {UserError} with file and line
 */
export async function migrateExisting<T>(
  set: MigrationSet,
  connection: Connection,
  migration: Migration,
  look: (transaction: LockedTransaction, ms: number) => Promise<T>,
): Promise<T> {
  return withLockedTransaction({ connection, databaseName: set.folder }, async (transaction) =>
    look(transaction, await timeMigration(set, transaction, [migration], false)),
  );
}

async function timeMigration(
  { folder, directory, all }: MigrationSet,
  transaction: LockedTransaction,
  pending: Migration[],
  isNew: boolean,
): Promise<number> {
  const started = performance.now();
  await migrateDatabase(transaction, { databaseName: folder, directory, migrations: all, pending, isNew });
  return Math.round(performance.now() - started);
}
