import type pg from "pg";
import type { Migration } from "./readMigrations.ts";
import { hasRelation } from "../connection/serverFacts.ts";

/**
 * A migration that was begun outside a transaction and is not in the ledger: written down and committed before its
 * statement, taken away in the transaction that writes the ledger. Databases of before there were any lack the table.
 */
export interface Unfinished {
  file: string;
  /** As it was begun; the file may have been edited since. */
  statement: string;
}

/** Holds one row at the most: such migrations run one by one, under the lock. */
export const unfinishedTable = `CREATE TABLE IF NOT EXISTS stagesub.unfinished (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      file text NOT NULL,
      statement text NOT NULL,
      began_at timestamptz NOT NULL DEFAULT now()
    )`;

/** Undefined where nothing was begun and left. */
export async function readUnfinished(client: pg.Client): Promise<Unfinished | undefined> {
  if (!(await hasRelation(client, "stagesub.unfinished"))) return undefined;
  const { rows } = await client.query<Unfinished>("SELECT file, statement FROM stagesub.unfinished");
  return rows[0];
}

/** Writes down, in the caller's transaction, that this migration is about to begin. */
export async function recordBeginning(client: pg.Client, { file, lone }: Migration): Promise<void> {
  await client.query(unfinishedTable);
  await client.query("INSERT INTO stagesub.unfinished (file, statement) VALUES ($1, $2)", [file, lone!.text]);
}

/** What was begun is done, or gone without a trace. */
export async function clearBeginning(client: pg.Client): Promise<void> {
  await client.query("DELETE FROM stagesub.unfinished");
}
