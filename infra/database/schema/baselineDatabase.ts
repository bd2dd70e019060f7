import type pg from "pg";
import { applyMigrations } from "../applyMigrations.ts";
import { createBookkeeping } from "../bookkeeping.ts";
import type { Connection } from "../connection.ts";
import type { ConnectLimits } from "../connectClient.ts";
import { DatabaseError } from "../databaseError.ts";
import { readLedger } from "../ledger.ts";
import { recordOwner } from "../owner.ts";
import { readMigrations, type Migration } from "../readMigrations.ts";
import { withLockedTransaction, type RunLimits } from "../withLockedTransaction.ts";
import { compareForBaseline, type SchemaComparison } from "./compareSchemas.ts";
import { recordSchema } from "./expectedSchema.ts";
import { readReference } from "./readReference.ts";
import { readSchema } from "./readSchema.ts";

export interface BaselineSpec {
  /** The role that owns the database. Session pooler or direct host. */
  connection: Connection;
  /** Who this database is in its stack: "malmo" or "pool-3". */
  key: string;
  stack: string;
  /** The orchestra whose data it holds; left out for a spare of the pool, which must hold none. */
  owner?: { orchestra: string; name: string };
  /** Folder of the migrations. */
  migrations: string;
  /** The last migration whose work the database holds already, such as `0011_audit_log.sql`. */
  at: string;
  limits?: Partial<RunLimits & ConnectLimits>;
}

export interface BaselineReport extends SchemaComparison {
  /** Whether the ledger was written: only where there is no difference. */
  written: boolean;
}

/** The app waits behind nothing for longer than this, in milliseconds: all that is compared is the catalogue. */
const tableLockMs = 2_000;

/**
 * Takes over a database that the app made by other means: compares it with what our migrations up to a file make and, where
 * nothing differs, writes down that they are applied, and whose it is. Data is neither changed nor read, but for whether a spare
 * holds any and who the administrators are. `ensureOrchestraDatabase` goes on from there.
 *
 * @throws DatabaseError where the database holds a ledger already, or an orchestra's data and is to be a spare
 */
export async function baselineDatabase(spec: BaselineSpec): Promise<BaselineReport> {
  const { key, stack, owner, migrations: directory } = spec;
  const migrations = readMigrations(directory);
  const pending = upTo(migrations, spec.at);
  const run = { subject: key, directory, migrations, pending };
  const limits = { tableLockMs, ...spec.limits };
  return withLockedTransaction({ connection: spec.connection, subject: key, limits }, async ({ client }) => {
    await refuseBookkeeping(client, key);
    const comparison = compareForBaseline(await readReference(client, run), await readSchema(client, "public"));
    if (comparison.differences.length > 0) return { ...comparison, written: false };
    if (!owner) await refuseRows(client, key);
    await createBookkeeping(client);
    await applyMigrations(client, { ...run, recordOnly: true });
    await recordOwner(client, undefined, { key, stack, owner, appLogin: null });
    if (owner) await recordAdministrator(client);
    await recordSchema(client, {}, spec.at, null);
    return { ...comparison, written: true };
  });
}

function upTo(migrations: Migration[], at: string): Migration[] {
  const index = migrations.findIndex(({ file }) => file === at);
  if (index >= 0) return migrations.slice(0, index + 1);
  const files = migrations.map(({ file }) => file).join(", ");
  throw new DatabaseError(`Expected a migration's file, got ${JSON.stringify(at)}. There are: ${files}.`);
}

async function refuseBookkeeping(client: pg.Client, key: string): Promise<void> {
  const ledger = await readLedger(client);
  if (ledger) {
    throw new DatabaseError(
      `Refusing to baseline ${key}: expected a database without our ledger, found one up to ${Object.keys(ledger).at(-1)}. ` +
        "`pulumi up` checks it and brings it up to date.",
    );
  }
  const { rows } = await client.query("SELECT FROM pg_class WHERE relnamespace = to_regnamespace('stagesub') LIMIT 1");
  if (rows.length === 0) return;
  throw new DatabaseError(
    `Refusing to baseline ${key}: schema stagesub is there, but no ledger in it. Restore a backup, or remove that schema if it is not ours.`,
  );
}

/** What seeds write, a claim writes anew; everything else is somebody's. */
async function refuseRows(client: pg.Client, key: string): Promise<void> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND relname NOT IN ('EmailTemplate', 'SystemSetting', '_prisma_migrations') ORDER BY 1`,
  );
  const filled: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await client.query(`SELECT FROM public.${name} LIMIT 1`);
    if (rowCount) filled.push(name);
  }
  if (filled.length === 0) return;
  throw new DatabaseError(
    `Refusing to baseline ${key} as a spare: expected no data but templates and settings, found rows in ${filled.join(", ")}. ` +
      "Let the orchestra that they belong to claim it in the stack file first, or empty those tables.",
  );
}

/** An orchestra that works has an administrator who signs in: the first one is not made again. */
async function recordAdministrator(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('public."User"') IS NOT NULL AS there`);
  if (!rows[0]!.there) return;
  await client.query(
    `UPDATE stagesub.owner SET administrator_found = true, administrator_id = first."id" FROM
       (SELECT "id" FROM public."User" WHERE "role"::text = 'ADMIN' AND "isActive" AND "passwordHash" IS NOT NULL
        ORDER BY "createdAt", "id" LIMIT 1) first`,
  );
}
