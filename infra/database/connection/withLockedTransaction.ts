import type pg from "pg";
import type { ConnectLimits } from "./connectClient.ts";
import { withClient, type Connection } from "./connection.ts";
import { UserError } from "../../errors.ts";
import { isConnectionLost } from "./explainQueryError.ts";
import { type Facts, readFacts } from "./serverFacts.ts";
import { poll } from "../../util/poll.ts";
import { type BlockerWatch, describeSession, type Session, sessionColumns, watchBlockers } from "./watchBlockers.ts";
import { withTransaction } from "./withTransaction.ts";

export interface RunLimits {
  /**
   * Time to wait for another run in the same database, in milliseconds; outside a transaction, time to wait for any
   * lock. Default 60,000.
   */
  lockWaitMs: number;
  /** Time limit of one statement, in milliseconds. Default 300,000. */
  statementMs: number;
  /** Time that one statement may wait for a lock on a table that the app uses, in milliseconds. Default 10,000. */
  tableLockMs: number;
}

export interface LockedRun {
  /** Connection of the migrating role, through the session pooler or the direct host. */
  connection: Connection;
  /** The database's name for messages: an orchestra's id, a pool database or "the main database". */
  databaseName: string;
  limits?: Partial<RunLimits & ConnectLimits> | undefined;
  /** Gets a line when the run waits or tries again. */
  warn?: ((line: string) => void) | undefined;
}

/** The transaction as passed to the work inside it. */
export interface LockedTransaction {
  client: pg.Client;
  /** As they were when the lock was taken. */
  facts: Facts;
  /** SQL that puts the session's settings, role and temporary tables back as at the start of the transaction. */
  resetSession: string;
  /**
   * Commits, runs `work` on the same connection outside any transaction, and begins the next one. The session holds the
   * lock all the time. Nothing is cleaned up after a `work` that fails.
   */
  outside(work: () => Promise<void>): Promise<void>;
}

const defaults: RunLimits = { lockWaitMs: 60_000, statementMs: 300_000, tableLockMs: 10_000 };

/**
 * node-pg-migrate's own lock id, so that its command, run by hand in this database, waits too. Advisory locks
 * count within one database, so runs in different databases do not block each other.
 */
export const migrationLock = "7241865325823964";

/**
 * Runs `work` in one transaction, in which nobody else migrates this database. The transaction, not the session, holds the
 * lock: COMMIT, ROLLBACK or the end of the connection releases it, and it cannot strand in a pooler.
 *
 * @throws {UserError} when another run holds the lock for longer than the limit, or for any error of the server.
 */
export async function withLockedTransaction<T>(
  run: LockedRun,
  work: (transaction: LockedTransaction) => Promise<T>,
): Promise<T> {
  const { connection, databaseName, warn } = run;
  const limits = { ...defaults, ...run.limits };
  const begin = beginStatements(limits);
  return withClient(
    connection,
    async (client) => {
      let watch: BlockerWatch | undefined;
      try {
        return await withTransaction({ client, databaseName, begin, warn }, async () => {
          const [process, facts] = await waitForLock(client, run, limits.lockWaitMs);
          watch ??= watchBlockers(connection, process, limits.tableLockMs / 2);
          const resetSession = resetStatements(limits);
          return work({
            client,
            facts,
            resetSession,
            outside: (between) => leaveTransaction(client, databaseName, limits, between),
          });
        });
      } catch (error) {
        throw explainLimit(error, limits, watch);
      } finally {
        await watch?.stop();
      }
    },
    run.limits,
  );
}

/** Begins in one round trip, READ COMMITTED whatever the server's default: the work must see the changes of the lock's last holder. */
function beginStatements(limits: RunLimits): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED;\n    ${transactionSettings(limits)}`;
}

/** Resets both identities and temporary tables too, which RESET ALL leaves as they are. */
function resetStatements(limits: RunLimits): string {
  return `RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP;\n    ${transactionSettings(limits)}`;
}

/** Limits idling too: a run whose machine died silently must not hold the lock for hours. */
function transactionSettings({ statementMs, tableLockMs, lockWaitMs }: RunLimits): string {
  return `${settings("SET LOCAL", statementMs, tableLockMs)};
    SET LOCAL idle_in_transaction_session_timeout = ${Math.max(60_000, lockWaitMs)}`;
}

function settings(set: "SET" | "SET LOCAL", statementMs: number, lockMs: number): string {
  // Prisma keeps UTC in `timestamp(3)`, so the time zone is UTC. The check interval ends a statement whose client was
  // killed: otherwise the statement would run to its end with the lock held.
  return ["search_path = public", "timezone = 'UTC'", "client_min_messages = warning"]
    .concat(`statement_timeout = ${statementMs}`, `lock_timeout = ${lockMs}`, "client_connection_check_interval = 2000")
    .map((setting) => `${set} ${setting}`)
    .join(";\n    ");
}

async function leaveTransaction(
  client: pg.Client,
  databaseName: string,
  limits: RunLimits,
  work: () => Promise<void>,
): Promise<void> {
  // The session takes the lock that its transaction holds, so that the lock is never released in between.
  await client.query(`SELECT pg_advisory_lock(${migrationLock})`);
  await client.query("COMMIT");
  try {
    await client.query(settings("SET", limits.statementMs, limits.lockWaitMs));
    await requireSession(client, databaseName);
    await work();
    await client.query("RESET ALL");
    await client.query(beginStatements(limits));
    await client.query(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    await client.query(`SELECT pg_advisory_unlock(${migrationLock})`);
  } catch (error) {
    // Closing the connection ends the session with its settings and lock at the latest.
    if (!isConnectionLost(error)) await client.query("DISCARD ALL").catch(() => undefined);
    throw error;
  }
}

const isOurLock = `l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32) + l.objid::bigint = ${migrationLock}`;

/** Refuses another session than before COMMIT: a transaction pooler may have switched it. */
async function requireSession(client: pg.Client, databaseName: string): Promise<void> {
  const { rows } = await client.query(`SELECT FROM pg_locks l WHERE ${isOurLock} AND l.pid = pg_backend_pid()`);
  if (rows.length > 0) return;
  throw new UserError(
    "transaction-pooler",
    `${databaseName}: expected this connection to stay in one session of the server, got another one after COMMIT: it goes through a ` +
      "transaction pooler. A migration that runs outside a transaction needs the session pooler (port 5432) or the direct host.",
  );
}

/**
 * Takes the lock and returns the server process that holds it, and the facts of that moment. The process id sent on connecting may be a
 * pooler's.
 */
async function waitForLock(
  client: pg.Client,
  { databaseName, warn }: LockedRun,
  waitMs: number,
): Promise<[pid: number, facts: Facts]> {
  let holder: string | undefined;
  const take = async (): Promise<[number, Facts] | undefined> => {
    const [{ taken, pid }, facts] = await readFacts<{ taken: boolean; pid: number }>(
      client,
      `SELECT pg_try_advisory_xact_lock(${migrationLock}) AS taken, pg_backend_pid() AS pid`,
    );
    if (taken) return [pid, facts];
    const isFirst = holder === undefined;
    holder = await describeHolder(client);
    if (isFirst) warn?.(`${databaseName}: waiting for another run, ${holder}`);
    return undefined;
  };
  const found = await poll(take, { forMs: waitMs, everyMs: 200 });
  if (found !== undefined) return found;
  throw new UserError(
    "busy",
    `${databaseName}: another run is at work in this database: ${holder}. Waited ${waitMs / 1000} s. ` +
      "Run again when it has ended; if it hangs, end that connection.",
  );
}

async function describeHolder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<Session>(
    `SELECT l.pid, ${sessionColumns} FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) WHERE ${isOurLock}`,
  );
  return rows[0] ? describeSession(rows[0]) : "which has just ended";
}

/** Adds to an error the length of the limit it reports, or the session that kept the run waiting. */
function explainLimit(error: unknown, limits: RunLimits, watch: BlockerWatch | undefined): unknown {
  if (!(error instanceof UserError)) return error;
  const { code, message, fields } = error;
  const { sqlState } = fields;
  const more = (text: string) =>
    new UserError(code, `${message} ${text}`, {
      ...fields,
      files: fields.files?.map((problem) => ({ ...problem, says: `${problem.says} ${text}` })),
    });
  if (sqlState === "57014") return more(`This run's own limit is ${limits.statementMs / 1000} s.`);
  const seen = sqlState === "55P03" && watch?.seen(limits.lockWaitMs + limits.tableLockMs);
  return seen ? more(seen) : error;
}
