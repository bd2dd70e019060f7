import { describe, expect, it } from "vitest";

import type { SupabaseProject } from "../../../infra/cloud/supabaseApi.ts";
import { findOrphans, formatOrphans, type StackProjects } from "../../../scripts/fleet/findOrphans.ts";

const known: StackProjects = {
  stack: "production",
  stacks: ["local", "production", "production-eu"],
  declared: ["malmo", "gavle", "umea", "pool-1"],
  held: new Map([["malmo", "held-malmo"]]),
};
const project = (name: string, ref: string, more: Partial<SupabaseProject> = {}): SupabaseProject => ({
  ref,
  name,
  region: "eu-north-1",
  status: "ACTIVE_HEALTHY",
  ...more,
});

/** The groups into which an organization's list of projects falls. */
describe("orphans", () => {
  const report = findOrphans(
    [
      project("production-malmo", "held-malmo"),
      project("production-malmo", "twin-malmo"),
      project("production-gavle", "lost-answer", { status: "COMING_UP" }),
      project("production-pool-1", "failed", { status: "INIT_FAILED", trouble: "It never came up: delete it." }),
      project("production-umea", "umea-1"),
      project("production-umea", "umea-2"),
      project("production-lund", "undeclared"),
      project("production-ystad", "on-its-way-out", { status: "GOING_DOWN" }),
      project("production-eu-malmo", "another-stack"),
      project("production-Website", "somebody-else"),
      project("productionmalmo", "somebody-else-2"),
      project("Malmö, renamed by hand", "held-2"),
    ],
    { ...known, held: new Map([...known.held, ["gothenburg", "held-2"]]) },
  );

  it("are the projects of this stack's naming that its state does not hold", () => {
    expect(report.orphans.map(({ ref, next }) => `${ref} ${next}`)).toEqual([
      "lost-answer adopted",
      "undeclared decide",
      "twin-malmo decide",
      "failed decide",
      "umea-1 decide",
      "umea-2 decide",
    ]);
  });

  it("are counted beside what is held and what is others', of which nothing is named", () => {
    expect(report).toMatchObject({ held: 2, others: 3 });
    expect(JSON.stringify(report)).not.toMatch(/Website|another-stack|renamed/);
  });

  it("are shown with what to do", () => {
    expect(formatOrphans(report, "production")).toMatchInlineSnapshot(`
      "┌───────────────────┬─────────────┬────────────┬────────────────┬─────────┐
      │ project           │ ref         │ region     │ status         │ next    │
      ├───────────────────┼─────────────┼────────────┼────────────────┼─────────┤
      │ production-gavle  │ lost-answer │ eu-north-1 │ COMING_UP      │ adopted │
      │ production-lund   │ undeclared  │ eu-north-1 │ ACTIVE_HEALTHY │ decide  │
      │ production-malmo  │ twin-malmo  │ eu-north-1 │ ACTIVE_HEALTHY │ decide  │
      │ production-pool-1 │ failed      │ eu-north-1 │ INIT_FAILED    │ decide  │
      │ production-umea   │ umea-1      │ eu-north-1 │ ACTIVE_HEALTHY │ decide  │
      │ production-umea   │ umea-2      │ eu-north-1 │ ACTIVE_HEALTHY │ decide  │
      └───────────────────┴─────────────┴────────────┴────────────────┴─────────┘

      production-gavle (lost-answer): pulumi up --stack production adopts it, if it opens with the state's password.
      production-lund (undeclared): No lund is declared. Declare it again to have this one adopted, or look what is in it and delete it: https://supabase.com/dashboard/project/undeclared
      production-malmo (twin-malmo): malmo has another one (held-malmo). Look what is in it, then delete it: https://supabase.com/dashboard/project/twin-malmo
      production-pool-1 (failed): It never came up: delete it.
      production-umea (umea-1): 2 have this name. Rename or delete all but one: https://supabase.com/dashboard/project/umea-1
      production-umea (umea-2): 2 have this name. Rename or delete all but one: https://supabase.com/dashboard/project/umea-2

      2 held by the state of production, 3 of others in the organization."
    `);
  });

  it("are none where all is held", () => {
    const all = findOrphans([project("production-malmo", "held-malmo")], known);
    expect(formatOrphans(all, "production")).toBe(
      "No orphans. 1 held by the state of production, 0 of others in the organization.",
    );
  });
});
