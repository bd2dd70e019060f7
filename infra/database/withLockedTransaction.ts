import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { DatabaseError } from "./databaseError.ts";
import { explainQueryError, isConnectionLost } from "./explainQueryError.ts";

export interface RunLimits {
  /** How long to wait for another run in the same database, in milliseconds. Default 60,000. */
  lockWaitMs: number;
  /** How long one statement may run, in milliseconds. Default 300,000. */
  statementMs: number;
  /** How long one statement may wait for a lock on a table that the app uses, in milliseconds. Default 10,000. */
  tableLockMs: number;
}

export interface LockedTransaction {
  client: pg.Client;
  /** Whose database this is, for messages: an orchestra's id, a pool database or "the main database". */
  subject: string;
  limits?: Partial<RunLimits> | undefined;
  log?: ((line: string) => void) | undefined;
}

const defaults: RunLimits = { lockWaitMs: 60_000, statementMs: 300_000, tableLockMs: 10_000 };

/**
 * node-pg-migrate's own lock id, so that its command run by hand in this database stays out as well. Advisory locks
 * count within one database, so runs in different databases do not meet.
 */
export const migrationLock = "7241865325823964";

/**
 * One transaction, in which nobody else migrates this database. The lock is the transaction's, not the session's: it
 * is gone with COMMIT, ROLLBACK or the connection, whichever comes first, and cannot strand in a pooler.
 *
 * @throws DatabaseError when another run holds the lock for longer than the limit, or for any error of the server.
 */
export async function withLockedTransaction<T>(run: LockedTransaction, work: () => Promise<T>): Promise<T> {
  const { client, subject } = run;
  const limits = { ...defaults, ...run.limits };
  try {
    // Whatever the server's default: what is looked at after the lock must show what its last holder left.
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    // One round trip. The time zone because Prisma keeps UTC in `timestamp(3)`; idle, because a run whose machine died
    // without a word must not hold the lock for hours.
    await client.query(`
      SET LOCAL search_path = public;
      SET LOCAL timezone = 'UTC';
      SET LOCAL client_min_messages = warning;
      SET LOCAL statement_timeout = ${limits.statementMs};
      SET LOCAL lock_timeout = ${limits.tableLockMs};
      SET LOCAL idle_in_transaction_session_timeout = ${Math.max(60_000, limits.lockWaitMs)}`);
    await waitForLock(run, limits.lockWaitMs);
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // With a lost connection the server rolls back by itself, and asking would only wait for another time-out.
    if (!isConnectionLost(error)) await client.query("ROLLBACK").catch(() => undefined);
    if (error instanceof DatabaseError) throw error;
    throw explainQueryError(error, subject);
  }
}

async function waitForLock({ client, subject, log }: LockedTransaction, waitMs: number): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (let told = false; ; told = true) {
    const { rows } = await client.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${migrationLock}) AS taken`,
    );
    if (rows[0]?.taken) return;
    const holder = await describeHolder(client);
    if (!told) log?.(`${subject}: waiting for another run, ${holder}`);
    const left = deadline - Date.now();
    if (left <= 0) {
      throw new DatabaseError(
        `${subject}: another run is at work in this database: ${holder}. Waited ${waitMs / 1000} s. ` +
          "Run again when it has ended; if it hangs, end that connection.",
      );
    }
    await sleep(Math.min(200, left));
  }
}

async function describeHolder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ pid: number; application: string | null; since: string | null }>(
    `SELECT l.pid, a.application_name AS application, to_char(a.xact_start, 'HH24:MI:SS') AS since
     FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (l.classid::bigint << 32) + l.objid::bigint = ${migrationLock}`,
  );
  const [holder] = rows;
  if (!holder) return "which has just ended";
  const since = holder.since ? `, since ${holder.since} UTC` : "";
  return `"${holder.application ?? "unknown"}" (server process ${holder.pid}${since})`;
}
