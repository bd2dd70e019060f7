import { describe, expect, it } from "vitest";

import { awaitProjects } from "../../../infra/cloud/supabaseApi.ts";
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

  it("ends as soon as the list shows every one", async () => {
    const { access, requests } = await serveGrowingList("one", "two");
    const found = await awaitProjects(access, organization, ["one", "two"], 20_000);
    expect(found.map(({ ref }) => ref)).toEqual(["one-before", "two-before", "one", "two"]);
    expect(requests).toHaveLength(3);
  });

  it("ends after the time it was given, with what the list shows then", async () => {
    const { access } = await serveGrowingList("one");
    const started = Date.now();
    const found = await awaitProjects(access, organization, ["one", "never"], 1_900);
    expect(found.map(({ ref }) => ref)).toEqual(["one-before", "one"]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_890);
  });
});
