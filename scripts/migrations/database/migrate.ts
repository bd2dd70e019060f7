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
  /** Folder of the files during the review. */
  directory: string;
  /** All, sorted; `path` is as people know it, `migrations/orchestra/0012_nickname.sql`. */
  all: Migration[];
  /** The base branch's migrations. */
  before: Migration[];
  /** This branch's new migrations. */
  added: Migration[];
}

/** Runs migrations as `pulumi up` does in a new database. @throws {UserError} with file and line */
export async function migrateNew(set: MigrationSet, connection: Connection, pending: Migration[]): Promise<void> {
  const { folder: databaseName, directory, all: migrations } = set;
  await withLockedTransaction({ connection, databaseName }, async (transaction) => {
    await createBookkeeping(transaction.client);
    await migrateDatabase(transaction, { databaseName, directory, migrations, pending, isNew: true });
  });
}

/**
 * Runs one migration as `pulumi up` does in an existing database.
 *
 * @param look gets the transaction before COMMIT, and the duration in milliseconds
 * @throws {UserError} with file and line
 */
export async function migrateExisting<T>(
  { folder: databaseName, directory, all: migrations }: MigrationSet,
  connection: Connection,
  migration: Migration,
  look: (transaction: LockedTransaction, ms: number) => Promise<T>,
): Promise<T> {
  return withLockedTransaction({ connection, databaseName }, async (transaction) => {
    const started = performance.now();
    await migrateDatabase(transaction, { databaseName, directory, migrations, pending: [migration], isNew: false });
    return look(transaction, Math.round(performance.now() - started));
  });
}
