import { UserError } from "../errors.ts";
import { type ApiAccess, callApi } from "./callApi.ts";

/** A warning or an error that a project's PostgreSQL server logged. It may quote a value of a row. */
export interface ServerLogEntry {
  /** ISO 8601. */
  at: string;
  /** WARNING, ERROR, FATAL or PANIC */
  severity: string;
  message: string;
}

/** The longest time that one request may ask for. */
const longestMs = 24 * 3_600_000;

/** PostgreSQL's messages alone: statements and details hold passwords and rows. ClickHouse's SQL, over Supabase's table `logs`. */
const query =
  "select timestamp, event_message, log_attributes['parsed.error_severity'] as severity from logs where source = 'postgres_logs' " +
  "and log_attributes['parsed.error_severity'] in ('WARNING', 'ERROR', 'FATAL', 'PANIC') order by timestamp desc limit ";

/**
 * Reads the latest warnings and errors of a project's PostgreSQL server, the last one first, not older than a day
 * (`GET /v1/projects/{ref}/analytics/endpoints/logs`, which replaced `logs.all` in September 2026).
 *
 * @throws {UserError}
 */
export async function readServerLog(
  access: ApiAccess,
  ref: string,
  { since, limit }: { since?: Date | undefined; limit: number },
): Promise<ServerLogEntry[]> {
  const end = Date.now();
  const start = Math.max(since?.getTime() ?? 0, end - longestMs);
  const parameters = new URLSearchParams({
    sql: query + limit,
    iso_timestamp_start: new Date(start).toISOString(),
    iso_timestamp_end: new Date(end).toISOString(),
  });
  const path = `/v1/projects/${ref}/analytics/endpoints/logs`;
  const call = { ...access, service: "Supabase", method: "GET", path: `${path}?${parameters.toString()}` } as const;
  // A refused query is told in the body of an answer with the status 200.
  const answer = (await callApi(call)) as { result?: unknown; error?: unknown } | undefined;
  if (!Array.isArray(answer?.result))
    throw new UserError(
      "api-refused",
      `Supabase: GET ${path} answered without log entries: ${answer ? JSON.stringify(answer.error ?? null) : "404"}. ` +
        "Check that the token may read the project's logs (analytics).",
    );
  return (answer.result as { timestamp: number | string; event_message: string; severity: string }[]).map(
    ({ timestamp, event_message: message, severity }) => ({
      at: readTime(timestamp).toISOString(),
      severity,
      message,
    }),
  );
}

/** Reads microseconds, or a time of UTC with or without its Z. */
function readTime(timestamp: number | string): Date {
  if (typeof timestamp === "number") return new Date(timestamp / 1_000);
  return new Date(/Z|[+-]\d\d:\d\d$/.test(timestamp) ? timestamp : `${timestamp.replace(" ", "T")}Z`);
}
