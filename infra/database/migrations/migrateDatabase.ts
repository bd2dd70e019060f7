import { applyLone, settleUnfinished, type LoneRun } from "./applyLone.ts";
import { applyMigrations } from "./applyMigrations.ts";
import type { Migration } from "./readMigrations.ts";
import type { LockedTransaction } from "../connection/withLockedTransaction.ts";

export interface DatabaseMigration extends LoneRun {
  /** Whether this program has never been here: nobody uses the tables yet, so all of it is one transaction where it can be. */
  isNew: boolean;
  /** Gets one line for what was applied. */
  log?: ((line: string) => void) | undefined;
}

/**
 * Brings a database up to date: all pending migrations in the caller's transaction, but for those marked `-- no-transaction`.
 * Each of these runs alone, after everything before it was committed, with the lock held; what follows is in the next
 * transaction.
 *
 * @throws {UserError} that names file and line; what it does not name as kept was rolled back
 */
export async function migrateDatabase(transaction: LockedTransaction, run: DatabaseMigration): Promise<void> {
  const { client, resetSession } = transaction;
  const { subject, isNew, log } = run;
  const apply = async (pending: Migration[]) => {
    await applyMigrations(client, { ...run, pending, resetSession });
    if (pending.length > 0) log?.(`${subject}: applied ${pending.map(({ file }) => file).join(", ")}`);
  };
  if (!isNew) await settleUnfinished(transaction, run);
  // What adds a value to an enum must be committed before the value is used, also where the type is as new.
  const isWhole = isNew && !run.pending.some(({ lone }) => lone?.kind === "add value");
  let together: Migration[] = [];
  for (const migration of run.pending) {
    if (!migration.lone || isWhole) {
      together.push(migration);
      continue;
    }
    await apply(together);
    together = [];
    await applyLone(transaction, run, migration, migration.lone);
    log?.(`${subject}: applied ${migration.file}`);
  }
  await apply(together);
}
