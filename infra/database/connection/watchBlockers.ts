import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { closeClient, connectClient, type Address } from "./connectClient.ts";

/** A session of the server, as far as this role may see it. */
export interface Session {
  pid: number;
  application: string | null;
  /** Start of its transaction, else of its query: `12:34:56` in UTC; null if this role may not see it. */
  since: string | null;
}

/** The columns of a {@link Session}, from `pg_stat_activity AS a`. */
export const sessionColumns = `a.application_name AS application,
  to_char(coalesce(a.xact_start, a.query_start) AT TIME ZONE 'UTC', 'HH24:MI:SS') AS since`;

export interface BlockerWatch {
  /** Returns the lock and its holders that the session waited for in the last `withinMs` milliseconds, with advice. */
  seen(withinMs: number): string | undefined;
  stop(): Promise<void>;
}

/**
 * Polls the sessions that block this one: when PostgreSQL gives up on a lock it does not name the holder. Uses a connection
 * of its own, which a run shorter than `everyMs` never opens. An error while polling ends the watch silently.
 */
export function watchBlockers(address: Address, pid: number, everyMs: number): BlockerWatch {
  const stopped = new AbortController();
  let seen: { text: string; at: number } | undefined;
  let client: pg.Client | undefined;
  const look = async () => {
    client ??= await connectClient(address, { connectMs: 0, attemptMs: 5_000, statementMs: 5_000 });
    const { rows } = await client.query<Blocker>(blockers, [pid]);
    if (rows.length === 0) return;
    seen = { text: explain(rows), at: Date.now() };
  };
  const watching = (async () => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: stopped.signal });
      await look();
    }
  })().catch(() => undefined);
  return {
    seen: (withinMs) => (seen && Date.now() - seen.at <= withinMs ? seen.text : undefined),
    async stop() {
      stopped.abort();
      await watching;
      if (client) await closeClient(client);
    },
  };
}

type Blocker = Session & { wanted: string | null };

function explain(blockers: Blocker[]): string {
  const [{ wanted, pid }] = blockers as [Blocker];
  const what = wanted === null ? "for a transaction to end, begun" : `for a lock on ${wanted}, held`;
  return (
    `It waited ${what} by ${blockers.map(describeSession).join(", ")}. ` +
    `If that one hangs, end it: SELECT pg_terminate_backend(${pid}).`
  );
}

/** $1 is the waiting session. `wanted` is null unless the lock is on a table or an index. */
const blockers = `
  SELECT b.pid, ${sessionColumns},
    (SELECT min(l.relation::regclass::text) FROM pg_locks l WHERE l.pid = $1 AND NOT l.granted) AS wanted
  FROM unnest(pg_blocking_pids($1)) AS b (pid) LEFT JOIN pg_stat_activity a USING (pid)`;

/** Returns `"vercel" (server process 123, since 12:34:56 UTC)`. */
export function describeSession({ pid, application, since }: Session): string {
  return `"${application || "unknown"}" (server process ${pid}${since ? `, since ${since} UTC` : ""})`;
}
