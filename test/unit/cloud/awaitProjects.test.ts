import { describe, expect, it } from "vitest";

import { awaitProjects } from "../../../infra/cloud/awaitProjects.ts";
import { json, serveApi } from "../../support/serveApi.ts";

/** Serves a list that shows one project more with each look. */
function serveGrowingList(...names: string[]) {
  const list = (status: string, refs: string[]) =>
    refs.map((ref) => ({ ref, name: ref.slice(0, 3), region: "x", status }));
  // Of the same names, and on their way out.
  const leaving = list(
    "GOING_DOWN",
    names.map((name) => `${name}-before`),
  );
  const looks = [0, ...names.keys()].map((count, index) => names.slice(0, index === 0 ? 0 : count + 1));
  return serveApi(...looks.map((shown) => json(200, { projects: [...leaving, ...list("ACTIVE_HEALTHY", shown)] })));
}

describe("waiting for a project that may have been asked for", () => {
  const organization = "stagesub";

  it("ends as soon as the list shows every one, and says meanwhile which are missing", async () => {
    const { access, requests } = await serveGrowingList("one", "two");
    const reported: (readonly string[])[] = [];
    const report = (missing: readonly string[]) => void reported.push(missing);
    const found = await awaitProjects(access, { organization, names: ["one", "two"], forMs: 20_000, report });
    expect(found.map(({ ref }) => ref)).toEqual(["one-before", "two-before", "one", "two"]);
    expect(requests).toHaveLength(3);
    expect(reported).toEqual([["one", "two"]]);
  });

  it("ends after the time it was given, with what the list shows then", async () => {
    const { access } = await serveGrowingList("one");
    const started = Date.now();
    const left: number[] = [];
    const report = (_missing: readonly string[], seconds: number) => void left.push(seconds);
    const found = await awaitProjects(access, { organization, names: ["one", "never"], forMs: 1_900, report });
    expect(found.map(({ ref }) => ref)).toEqual(["one-before", "one"]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_890);
    expect(left[0]).toBe(2);
    expect(left.length).toBeGreaterThan(1);
  });
});
