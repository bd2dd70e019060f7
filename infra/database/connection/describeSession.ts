/** A session of the server, as far as this role may see it. */
export interface Session {
  pid: number;
  application: string | null;
  /** Start of its transaction, else of its query: `12:34:56` in UTC; null if this role may not see it. */
  since: string | null;
}

/** Returns `"vercel" (server process 123, since 12:34:56 UTC)`. */
export function describeSession({ pid, application, since }: Session): string {
  return `"${application || "unknown"}" (server process ${pid}${since ? `, since ${since} UTC` : ""})`;
}

/** The columns of a {@link Session}, from `pg_stat_activity AS a`. */
export const sessionColumns = `a.application_name AS application,
  to_char(coalesce(a.xact_start, a.query_start) AT TIME ZONE 'UTC', 'HH24:MI:SS') AS since`;
