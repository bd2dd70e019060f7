import type pg from "pg";
import type { Migration } from "./readMigrations.ts";
import { hasRelation } from "../connection/serverFacts.ts";

/**
 * A migration that was begun outside a transaction and is not in the ledger. The record is committed before the statement
 * runs, and deleted in the transaction that writes the ledger. Older databases lack the table.
 */
export interface Unfinished {
  file: string;
  /** The statement that was begun; the file may have been edited since. */
  statement: string;
}

/** Creates a table of at most one row: such migrations run one by one, under the lock. */
export const unfinishedTable = `CREATE TABLE IF NOT EXISTS stagesub.unfinished (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      file text NOT NULL,
      statement text NOT NULL,
      began_at timestamptz NOT NULL DEFAULT now()
    )`;

/** Returns the migration that was begun and not finished; undefined if there is none. */
export async function readUnfinished(client: pg.Client): Promise<Unfinished | undefined> {
  if (!(await hasRelation(client, "stagesub.unfinished"))) return undefined;
  const { rows } = await client.query<Unfinished>("SELECT file, statement FROM stagesub.unfinished");
  return rows[0];
}

/** Records, in the caller's transaction, that this migration is about to begin. */
export async function recordBeginning(client: pg.Client, { file, lone }: Migration): Promise<void> {
  await client.query(unfinishedTable);
  await client.query("INSERT INTO stagesub.unfinished (file, statement) VALUES ($1, $2)", [file, lone!.text]);
}

/** Deletes the record: the migration is finished, or nothing of it is left. */
export async function clearBeginning(client: pg.Client): Promise<void> {
  await client.query("DELETE FROM stagesub.unfinished");
}
