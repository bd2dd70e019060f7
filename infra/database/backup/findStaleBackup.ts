import type pg from "pg";
import { hasAudit, registryName } from "../registry/audit.ts";
import { previewLimits } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import { readLedger } from "../migrations/ledger.ts";
import { mainDatabaseName } from "../registry/registryDatabase.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";
import { identifyDatabase } from "./identifyDatabase.ts";
import { isNoMember } from "./readContents.ts";

interface LastEntry {
  action: "backup" | "restored";
  file: string;
  /** Time of the snapshot, in words: "2026-11-22 22:54:20 UTC". */
  taken: string;
  /** Seconds since the snapshot by the server's clock; negative if that clock was turned back. */
  age: number;
  stale: boolean;
}

/** Seconds by which a clock may be corrected; a greater difference means that it was turned back. */
const clockSlack = 300;

/**
 * Returns, if the main database has no backup younger than `maxAge`, the state of its backups in words that follow "got".
 * Undefined if the last backup is recent enough, or if there is nothing to lose: a database that this program has never
 * migrated, or one without rows. Changes nothing.
 *
 * The last backup or restore in the audit of this very database counts, not one of a database that it was restored from.
 * Both times are the server's own.
 *
 * @param maxAge such as 24h, 7d, 30m
 * @throws {UserError} if the database does not answer
 */
export async function findStaleBackup(connection: Connection, maxAge: string): Promise<string | undefined> {
  return withSnapshot(
    connection,
    mainDatabaseName,
    async (client) => {
      if (!(await readLedger(client)) || !(await holdsRows(client))) return undefined;
      if (!(await hasAudit(client))) return "none that it knows of: its log comes with this `up`";
      const last = await readLast(client, maxAge);
      return last ? describeStale(last) : "none: it was never backed up";
    },
    previewLimits,
  );
}

/** Returns whether any table of `public` has a row: the app may keep its accounts there. `_prisma_migrations` is filled with the tables. */
async function holdsRows(client: pg.Client): Promise<boolean> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT format('public.%I', relname) AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations' AND ${isNoMember("pg_class", "oid")}`,
  );
  const { rows } = await client.query<{ full: boolean }>(
    `SELECT false ${tables.map(({ name }) => `OR EXISTS (SELECT FROM ${name})`).join(" ")} AS full`,
  );
  return rows[0]!.full;
}

async function readLast(client: pg.Client, maxAge: string): Promise<LastEntry | undefined> {
  const { rows } = await client.query<LastEntry>(
    `SELECT action, detail->>'file' AS file, to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS taken,
            extract(epoch FROM now() - t.at)::float8 AS age, now() - t.at > $3::interval AS stale
     FROM stagesub.audit, LATERAL (SELECT (detail->>'takenAt')::timestamptz AS at) t
     WHERE action IN ('backup', 'restored') AND orchestra = $1 AND detail->>'database' = $2 ORDER BY id DESC LIMIT 1`,
    [registryName, await identifyDatabase(client), maxAge],
  );
  return rows[0];
}

function describeStale({ action, file, taken, age, stale }: LastEntry): string | undefined {
  if (action === "restored") return `none since it was restored from ${file}, which is of ${taken}`;
  if (age < -clockSlack)
    return `one of ${taken} (${file}), which is yet to come: the database server's clock was turned back. Set it right, or make a new one`;
  return stale ? `one of ${taken}, ${describeAge(age)} (${file})` : undefined;
}

function describeAge(seconds: number): string {
  const ago = new Intl.RelativeTimeFormat("en");
  if (seconds < 5_400) return ago.format(-Math.round(seconds / 60), "minute");
  if (seconds < 172_800) return ago.format(-Math.round(seconds / 3_600), "hour");
  return ago.format(-Math.floor(seconds / 86_400), "day");
}
