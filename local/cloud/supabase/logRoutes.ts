import { readFile } from "node:fs/promises";

import { z } from "zod";

import type { Api, ApiRoutes } from "./api.ts";
import { validate } from "./apiError.ts";

/**
 * Adds the log of a project's database, from the file that the server writes. Supabase takes any query in ClickHouse's SQL; this takes the
 * program's own query for warnings and errors, and refuses every other as Supabase refuses a wrong one.
 */
export function addLogRoutes(app: ApiRoutes, api: Api): void {
  app.get("/v1/projects/:ref/analytics/endpoints/logs", async (c) => {
    const { sql, iso_timestamp_start: start, iso_timestamp_end: end } = validate(logQuery, c.req.query());
    const limit = sql.startsWith(known) ? Number(sql.slice(known.length)) : NaN;
    if (!(limit > 0)) return c.json({ error: `The local cloud knows one query only: ${known}N` });
    const lines = (await readFile(api.cluster.logFile, "utf8")).split("\n");
    const result = lines
      .flatMap((text) => {
        const [, day, time, database, severity, message] = entry.exec(text) ?? [];
        const at = `${day}T${time}Z`;
        if (database !== c.get("project").ref || at < start || at > end) return [];
        return [{ timestamp: Date.parse(at) * 1_000, event_message: message, severity }];
      })
      .reverse();
    return c.json({ result: result.slice(0, limit) });
  });
}

const known =
  "select timestamp, event_message, log_attributes['parsed.error_severity'] as severity from logs where source = 'postgres_logs' " +
  "and log_attributes['parsed.error_severity'] in ('WARNING', 'ERROR', 'FATAL', 'PANIC') order by timestamp desc limit ";

/** A line with `log_line_prefix` as startCluster.ts sets it. */
const entry = /^(\S+) (\S+) UTC \[\d+\] (\S+) (WARNING|ERROR|FATAL|PANIC): {2}(.*)$/;

const logQuery = z.object({
  sql: z.string(),
  iso_timestamp_start: z.iso.datetime(),
  iso_timestamp_end: z.iso.datetime(),
});
