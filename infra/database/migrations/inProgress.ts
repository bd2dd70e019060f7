import type pg from "pg";
import type { Migration } from "./readMigrations.ts";

/**
 * A migration that was begun outside a transaction and is not in the ledger. The record is committed before the statement
 * runs, and deleted in the transaction that writes the ledger.
 */
export interface MigrationInProgress {
  file: string;
  /** The statement that was begun; the file may have been edited since. */
  statement: string;
}

/** Creates a table of at most one row: such migrations run one by one, under the lock. */
export const inProgressTable = `CREATE TABLE stagesub.in_progress (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      file text NOT NULL,
      statement text NOT NULL,
      began_at timestamptz NOT NULL DEFAULT now()
    )`;

/** Returns the migration that was begun and not finished; undefined if there is none. Expects {@link inProgressTable}. */
export async function readInProgress(client: pg.Client): Promise<MigrationInProgress | undefined> {
  const { rows } = await client.query<MigrationInProgress>("SELECT file, statement FROM stagesub.in_progress");
  return rows[0];
}

/** Records, in the caller's transaction, that this migration is about to begin. */
export async function recordInProgress(client: pg.Client, { file, nonTransactional }: Migration): Promise<void> {
  await client.query("INSERT INTO stagesub.in_progress (file, statement) VALUES ($1, $2)", [
    file,
    nonTransactional!.text,
  ]);
}

/** Deletes the record: the migration is finished, or nothing of it is left. */
export async function clearInProgress(client: pg.Client): Promise<void> {
  await client.query("DELETE FROM stagesub.in_progress");
}
