import { expect, it } from "vitest";

import { readServerLog } from "../../../infra/cloud/serverLog.ts";
import { json, serveApi } from "../../support/serveApi.ts";

const ref = "abcdefghijklmnopqrst";

/** The forms of Supabase's documents and of programs that read them; no real account was asked. */
it("reads each form of a time, and asks for a day at most", async () => {
  const at = (timestamp: number | string) => ({ timestamp, severity: "ERROR", event_message: "division by zero" });
  const times = [1_796_000_000_123_456, "2026-11-30T00:53:20.123456", "2026-11-30 00:53:20", "2026-11-30T00:53:20Z"];
  const { access, requests } = await serveApi(json(200, { result: times.map(at) }));
  const entries = await readServerLog(access, ref, { since: new Date(0), limit: 7 });
  expect(entries.map((entry) => entry.at.slice(0, 19))).toEqual(
    Array(4).fill(new Date(1_796_000_000_123).toISOString().slice(0, 19)),
  );
  expect(entries[0]).toMatchObject({ severity: "ERROR", message: "division by zero" });
  const { pathname, searchParams } = new URL(requests[0]!.replace("GET ", ""), "http://api");
  expect(pathname).toBe(`/v1/projects/${ref}/analytics/endpoints/logs`);
  expect(searchParams.get("sql")).toMatch(/ limit 7$/);
  const [start, end] = ["start", "end"].map((edge) => Date.parse(searchParams.get(`iso_timestamp_${edge}`)!));
  expect(end! - start!).toBe(24 * 3_600_000);
});

it("tells a refusal that comes as a success", async () => {
  const { access } = await serveApi(json(200, { error: 'Table "x" does not exist.' }));
  await expect(readServerLog(access, ref, { limit: 1 })).rejects.toThrow(
    /answered without log entries: .*does not exist/,
  );
});
