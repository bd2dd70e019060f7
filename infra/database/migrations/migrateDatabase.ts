import { runOutsideTransaction, settleInProgress } from "./runOutsideTransaction.ts";
import { applyMigrations, type MigrationRun } from "./applyMigrations.ts";
import type { MigrationInProgress } from "./inProgress.ts";
import type { Migration } from "./readMigrations.ts";
import type { LockedTransaction } from "../connection/withLockedTransaction.ts";

export interface DatabaseMigration extends Omit<MigrationRun, "recordOnly" | "resetSession"> {
  /** Whether this program has never migrated the database: nobody uses its tables yet, so one transaction is enough if possible. */
  isNew: boolean;
  /** The migration that a previous run began outside a transaction and did not finish. */
  begun?: MigrationInProgress | undefined;
  /** Gets one line for the applied files. */
  log?: ((line: string) => void) | undefined;
}

/**
 * Brings a database up to date: runs all pending migrations in the caller's transaction except those marked `-- no-transaction`.
 * Each of these runs alone, with the lock held, after everything before it was committed; the files after it run in the next
 * transaction.
 *
 * @throws {UserError} that names file and line; everything that the error does not name as kept was rolled back
 */
export async function migrateDatabase(transaction: LockedTransaction, run: DatabaseMigration): Promise<void> {
  const { client, resetSession } = transaction;
  const { databaseName, isNew, begun, log } = run;
  const apply = async (pending: Migration[]) => {
    await applyMigrations(client, { ...run, pending, resetSession });
    if (pending.length > 0) log?.(`${databaseName}: applied ${pending.map(({ file }) => file).join(", ")}`);
  };
  if (begun) await settleInProgress(transaction, run, begun);
  // A statement that adds a value to an enum must be committed before the value is used, even if the type is as new.
  const isWhole = isNew && !run.pending.some(({ nonTransactional }) => nonTransactional?.kind === "add value");
  let together: Migration[] = [];
  for (const migration of run.pending) {
    if (!migration.nonTransactional || isWhole) {
      together.push(migration);
      continue;
    }
    await apply(together);
    together = [];
    await runOutsideTransaction(transaction, run, migration, migration.nonTransactional);
    log?.(`${databaseName}: applied ${migration.file}`);
  }
  await apply(together);
}
