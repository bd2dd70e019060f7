import type pg from "pg";
import { applyMigrations, type MigrationRun } from "../applyMigrations.ts";
import { createBookkeeping } from "../bookkeeping.ts";
import { DatabaseError } from "../databaseError.ts";
import { readLedger } from "../ledger.ts";
import { readSchema, type SchemaItem } from "./readSchema.ts";

/** Where the migrations are tried. It exists only inside a transaction, for nobody else to see. */
const scratch = "stagesub_reference";

/**
 * What migrations make, as this very server describes it: they run in a schema of their own, inside the caller's transaction,
 * and are rolled back at once. So it needs no right that migrating does not need, leaves nothing behind, also when killed, and
 * takes no lock on what the app uses.
 *
 * @throws DatabaseError where a migration names schema `public` and so reaches outside; it is rolled back as well
 */
export async function readReference(client: pg.Client, run: MigrationRun): Promise<SchemaItem[]> {
  await client.query("SAVEPOINT reference");
  if (await readLedger(client)) await client.query("DELETE FROM stagesub.migration; DELETE FROM stagesub.pgmigrations");
  else await createBookkeeping(client);
  await client.query(`CREATE SCHEMA ${scratch}; SET LOCAL search_path = ${scratch}`);
  await applyMigrations(client, run);
  await refuseReach(client, run.subject);
  const items = await readSchema(client, scratch);
  await client.query("ROLLBACK TO SAVEPOINT reference; RELEASE SAVEPOINT reference");
  return items;
}

async function refuseReach(client: pg.Client, subject: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE l.pid = pg_backend_pid() AND l.mode <> 'AccessShareLock' AND n.nspname = 'public' ORDER BY 1`,
  );
  if (rows.length === 0) return;
  throw new DatabaseError(
    `Refusing to compare ${subject}: the migrations name schema public themselves (${rows.map(({ name }) => name).join(", ")}), so they ` +
      "cannot be tried beside it. Write names without the schema: migrations run with search_path public. Nothing was changed.",
  );
}
