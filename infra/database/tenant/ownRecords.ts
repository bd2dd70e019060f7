import type pg from "pg";
import type { Facts } from "../connection/serverFacts.ts";
import { type MigrationInProgress, readInProgress } from "../migrations/inProgress.ts";
import { type Ledger, readLedgerRows } from "../migrations/ledger.ts";
import { readRecord, type RecordedSchema } from "../schema/expectedSchema.ts";
import { type OwnerRecord, readOwner } from "./owner.ts";

/** The program's own records in a database. */
export interface OwnRecords {
  ledger: Ledger;
  owner: OwnerRecord | undefined;
  /** The migration that was begun outside a transaction and not finished. */
  begun: MigrationInProgress | undefined;
  schema: RecordedSchema;
}

/** Reads all of it in one round trip; undefined for a database that this program has never migrated. */
export async function readOwnRecords(client: pg.Client, { tables, major }: Facts): Promise<OwnRecords | undefined> {
  if (!tables.has("stagesub.migration")) return undefined;
  const [ledger, owner, begun, record] = await Promise.all([
    readLedgerRows(client),
    readOwner(client),
    tables.has("stagesub.in_progress") ? readInProgress(client) : undefined,
    tables.has("stagesub.expected_schema") ? readRecord(client) : undefined,
  ]);
  const version = Object.keys(ledger).at(-1);
  return { ledger, owner, begun, schema: { record, major, version } };
}
