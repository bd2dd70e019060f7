import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { awaitProjects } from "../../../infra/cloud/awaitProjects.ts";

/** Serves a list that shows one project more with each look. */
async function serveGrowingList(...refs: string[]) {
  // Of the same names, and on their way out.
  const leaving = refs.map((name) => ({ ref: `${name}-before`, name, region: "eu-north-1", status: "GOING_DOWN" }));
  let looks = 0;
  const server = createServer((_request, response) => {
    looks += 1;
    const projects = refs
      .slice(0, looks - 1)
      .map((ref) => ({ ref, name: ref, region: "eu-north-1", status: "ACTIVE_HEALTHY" }));
    response.end(JSON.stringify({ projects: [...leaving, ...projects] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  const access = { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "sbp_x" };
  return { access, looks: () => looks };
}

describe("waiting for a project that may have been asked for", () => {
  const organization = "stagesub";

  it("ends as soon as the list shows every one, and says meanwhile which are missing", async () => {
    const { access, looks } = await serveGrowingList("one", "two");
    const reported: (readonly string[])[] = [];
    const names = ["one", "two"];
    const report = (missing: readonly string[]) => void reported.push(missing);
    const found = await awaitProjects(access, { organization, names, forMs: 20_000, report });
    expect(found.map(({ ref }) => ref)).toEqual(["one-before", "two-before", "one", "two"]);
    expect(looks()).toBe(3);
    expect(reported).toEqual([["one", "two"]]);
  });

  it("ends after the time it was given, with what the list shows then", async () => {
    const { access } = await serveGrowingList("one");
    const started = Date.now();
    const left: number[] = [];
    const report = (_missing: readonly string[], seconds: number) => void left.push(seconds);
    const found = await awaitProjects(access, { organization, names: ["one", "never"], forMs: 1_500, report });
    expect(found.map(({ ref }) => ref)).toEqual(["one-before", "one"]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_490);
    expect(left[0]).toBe(2);
    expect(left.length).toBeGreaterThan(1);
  });
});
