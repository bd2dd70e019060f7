import { type Connection, withClient } from "../../infra/database/connection/connection.ts";
import type { ConnectLimits } from "../../infra/database/connection/connectClient.ts";
import { type OrchestraDatabaseState, readState } from "../../infra/database/tenant/orchestraState.ts";
import { withSnapshot } from "../../infra/database/connection/withSnapshot.ts";
import { UserError } from "../../infra/errors.ts";

/** The observed state of one database. */
export type DatabaseReading =
  | { kind: "read"; state: OrchestraDatabaseState; bytes: number; connections: number }
  /** Reached, but no migration of ours has ever run there. */
  | { kind: "empty"; bytes: number; connections: number }
  | { kind: "unreachable"; reason: string }
  /** `pulumi up` has not made it yet. */
  | { kind: "absent" }
  /** Its orchestra is retired: the database is not asked, and may be paused. */
  | { kind: "retired" };

/** Somebody waits for the answer, so a server that is not there is given up on after seconds. */
export const readLimits: Partial<ConnectLimits> = { connectMs: 5_000, attemptMs: 5_000, statementMs: 30_000 };

/** Databases that are open at once: a pooler gives a small project 15 connections, the local cloud's server 100. */
export const atOnce = 8;

/** Looks into a database; never throws, and changes nothing. `key` and `stack` are who it should be. */
export async function readDatabase(
  key: string,
  stack: string,
  connection: Connection | undefined,
): Promise<DatabaseReading> {
  if (connection === undefined) return { kind: "absent" };
  try {
    return await withSnapshot(
      connection,
      key,
      async (client) => {
        const { rows } = await client.query<{ bytes: string; connections: number }>(
          `SELECT pg_database_size(current_database()) AS bytes,
                    (SELECT numbackends FROM pg_stat_database WHERE datname = current_database()) AS connections`,
        );
        // Less our own.
        const size = { bytes: Number(rows[0]!.bytes), connections: Math.max(0, rows[0]!.connections - 1) };
        const reading = await readState(client, { key, stack });
        return reading === undefined ? { kind: "empty", ...size } : { kind: "read", state: reading.state, ...size };
      },
      readLimits,
    );
  } catch (error) {
    return { kind: "unreachable", reason: (error as Error).message };
  }
}

/** The result of signing in as the app: no catalogue shows that somebody has changed its password. */
export type AppReading =
  | { kind: "read"; reads: boolean; creates: boolean; looksInside: boolean }
  | { kind: "refused"; reason: string }
  | { kind: "unreachable"; reason: string };

/** Signs in as the app does, and asks what it may. Never throws, and changes nothing. */
export async function observeApp(connection: Connection): Promise<AppReading> {
  try {
    // Asked as the app, so that what was given to PUBLIC or to the login itself counts.
    const { rows } = await withClient(
      connection,
      (client) =>
        client.query<{ reads: boolean; creates: boolean; looksInside: boolean }>(
          `SELECT coalesce(has_table_privilege(to_regclass('public."User"')::oid, 'SELECT'), false) AS reads,
                  has_schema_privilege('public', 'CREATE') AS creates,
                  coalesce(has_schema_privilege(to_regnamespace('stagesub')::oid, 'USAGE'), false) AS "looksInside"`,
        ),
      readLimits,
    );
    return { kind: "read", ...rows[0]! };
  } catch (error) {
    return {
      kind: UserError.is(error, "password-refused") ? "refused" : "unreachable",
      reason: (error as Error).message,
    };
  }
}
