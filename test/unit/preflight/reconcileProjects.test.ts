import { describe, expect, it } from "vitest";

import type { SupabaseProject } from "../../../infra/cloud/supabaseApi.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import type { RecordedProject } from "../../../infra/preflight/recordedState.ts";
import { type KnownProjects, reconcileProjects } from "../../../infra/preflight/reconcileProjects.ts";

const supabase = { organization: "stagesub", region: "eu-north-1", size: "micro" } as Plan["supabase"];
const plan = {
  stack: "production",
  supabase,
  orchestras: ["malmo", "gavle"].map((id) => ({ id, database: { kind: "project" } })),
  pool: [
    { name: "pool-1", source: { kind: "project" }, state: { kind: "free" } },
    { name: "pool-2", source: { kind: "adopted" }, state: { kind: "free" } },
  ],
} as Plan;
const retired = { ...plan, orchestras: plan.orchestras.map((each) => ({ ...each, state: "retired" as const })) };

const [a, b] = ["aaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbb"];
const malmo: SupabaseProject = {
  ...{ ref: a, name: "production-malmo", region: "eu-north-1", status: "ACTIVE_HEALTHY", size: "micro" },
};
const paused = { ...malmo, status: "INACTIVE", trouble: "It is paused." };
const recorded: RecordedProject = { key: "malmo", ref: a, region: "eu-north-1", organization: "stagesub" };
const held = { kind: "recorded", ref: a };
const row = { ref: a, databaseUrl: "postgresql://x" };

const reconcile = (known: Partial<KnownProjects>, declared: Plan = plan) =>
  reconcileProjects(declared, { found: [], recorded: [], returning: [], registered: [], ...known });
const nothing = { existing: {}, created: [], notes: [], warnings: [] };

describe("the projects of a stack", () => {
  it("are made where no project has their name", () => {
    const strangers = ["malmo", "production-malmo-2", "staging-malmo", "production-pool-2", "Production-malmo"];
    const found = strangers.map((name, index) => ({ ...malmo, name, ref: `${index}` }));
    expect(reconcile({ found })).toEqual({ ...nothing, created: ["malmo", "gavle", "pool-1"] });
  });

  it("stay as they are where the state holds them, whatever their name or size at Supabase has become", () => {
    for (const change of [{}, { name: "Malmö, do not touch" }, { size: "small" }])
      expect(reconcile({ found: [{ ...malmo, ...change }], recorded: [recorded] })).toEqual({
        ...nothing,
        existing: { malmo: held },
        created: ["gavle", "pool-1"],
      });
  });

  it("are adopted where the state holds none and one of their name exists", () => {
    const { size: _size, ...young } = { ...malmo, name: "production-pool-1", ref: b, status: "COMING_UP" };
    const { existing, notes } = reconcile({ found: [malmo, young] });
    expect(existing).toEqual({ malmo: { kind: "adopted", ref: a }, "pool-1": { kind: "adopted", ref: b } });
    expect(notes).toMatchInlineSnapshot(`
      [
        {
          "code": "project-adopted",
          "text": "Supabase project production-malmo (aaaaaaaaaaaaaaaaaaaa, ACTIVE_HEALTHY) exists already and is adopted, not made, if it opens with this stack's password.",
          "values": [
            "malmo",
            "aaaaaaaaaaaaaaaaaaaa",
          ],
        },
        {
          "code": "project-adopted",
          "text": "Supabase project production-pool-1 (bbbbbbbbbbbbbbbbbbbb, COMING_UP) exists already and is adopted, not made, if it opens with this stack's password.",
          "values": [
            "pool-1",
            "bbbbbbbbbbbbbbbbbbbb",
          ],
        },
      ]
    `);
  });

  it("are not confused with one of their name that is being deleted", () => {
    const leaving = { ...malmo, ref: b, status: "GOING_DOWN" };
    expect(reconcile({ found: [leaving] }).created).toContain("malmo");
    expect(reconcile({ found: [leaving, malmo] }).existing).toEqual({ malmo: { kind: "adopted", ref: a } });
  });

  it("are warned of where a second one has the name of one that the state holds, which stays the stack's", () => {
    const { existing, warnings } = reconcile({ found: [malmo, { ...malmo, ref: b }], recorded: [recorded] });
    expect(existing).toEqual({ malmo: held });
    expect(warnings).toEqual([
      `A second Supabase project has the name production-malmo: this stack's is ${a}, the other, ${b} (ACTIVE_HEALTHY), is in no state and is left ` +
        "alone. It costs money: ./stagesub orphans -s production says what to do with it.",
    ]);
  });

  it("are refused, with both refs, where two have one name and the state holds neither", () => {
    const found = [malmo, { ...malmo, ref: b, status: "INACTIVE" }];
    expect(() => reconcile({ found })).toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing to go on with these Supabase projects. Nothing was created or changed.

        malmo, project production-malmo (aaaaaaaaaaaaaaaaaaaa and bbbbbbbbbbbbbbbbbbbb):
          Expected one project of this name, got 2: aaaaaaaaaaaaaaaaaaaa (ACTIVE_HEALTHY) and bbbbbbbbbbbbbbbbbbbb (INACTIVE). The state holds neither, so only you can say which one is meant: rename the other one, or delete it, in Supabase's dashboard.]
    `);
  });

  it("are refused a move to another region or organization, with both values", () => {
    const moved = { ...plan, supabase: { ...supabase, region: "eu-west-1" as const, organization: "other" } };
    expect(() => reconcile({ found: [malmo], recorded: [recorded] }, moved)).toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing to go on with these Supabase projects. Nothing was created or changed.

        malmo, project production-malmo (aaaaaaaaaaaaaaaaaaaa):
          Expected stagesub:supabase.organization "stagesub", where it is; got "other". This program does not move a project to another organization: put the line back. For new orchestras elsewhere make another stack.
          Expected stagesub:supabase.region eu-north-1, where it is; got eu-west-1. Supabase moves no project to another region: put the line back. For new orchestras elsewhere make another stack.]
    `);
  });

  it("are adopted only as they are: in the declared region, of the declared size", () => {
    const found = [{ ...malmo, region: "eu-west-1", size: "small" }];
    expect(() => reconcile({ found })).toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing to go on with these Supabase projects. Nothing was created or changed.

        malmo, project production-malmo (aaaaaaaaaaaaaaaaaaaa):
          Expected stagesub:supabase.region eu-west-1, where it is; got eu-north-1. Supabase moves no project to another region: put the line back. For new orchestras elsewhere make another stack.
          Expected stagesub:supabase.size small, which it has; got micro. It is not in this stack's state, and is adopted only as it is: set its size to micro in Supabase's dashboard, or declare small until it is adopted.]
    `);
  });

  it("have trouble that concerns their own database alone: deleted by hand, paused, never come up", () => {
    const gavle = { ...paused, name: "production-gavle", ref: b };
    const { existing } = reconcile({ found: [gavle], recorded: [recorded, { ...recorded, key: "gavle", ref: b }] });
    expect(existing).toMatchInlineSnapshot(`
      {
        "gavle": {
          "kind": "recorded",
          "ref": "bbbbbbbbbbbbbbbbbbbb",
          "trouble": "It is paused.",
        },
        "malmo": {
          "kind": "recorded",
          "ref": "aaaaaaaaaaaaaaaaaaaa",
          "trouble": "Supabase project production-malmo (aaaaaaaaaaaaaaaaaaaa) is in the state and no longer at Supabase: it was deleted, or the token no longer sees it. If it was deleted, its data is in the backups alone: docs/recovery.md, “A project was deleted by hand”.",
        },
      }
    `);
    const failed = { ...malmo, status: "INIT_FAILED", trouble: "It never came up." };
    expect(reconcile({ found: [failed] })).toMatchObject({
      existing: { malmo: { kind: "adopted", ref: a, trouble: "It never came up." } },
      notes: [],
    });
  });

  it("are never replaced by another of their name", () => {
    const { existing } = reconcile({ found: [{ ...malmo, ref: b }], recorded: [recorded] });
    expect(existing["malmo"]).toMatchObject(held);
    expect(existing["malmo"]!.trouble).toContain(
      `Another project of this name exists (${b}); it is not taken in its place.`,
    );
  });

  it("are left as they are where their orchestra is retired: paused on purpose, or gone", () => {
    for (const found of [[paused], []])
      expect(reconcile({ found, recorded: [recorded] }, retired)).toEqual({
        ...nothing,
        existing: { malmo: held },
        created: ["pool-1"],
      });
  });

  it("are known by the row of a retired orchestra where the state was lost: nobody can open a paused one", () => {
    const known = (found: SupabaseProject[], project: typeof row) =>
      reconcile({ found, registered: [{ key: "malmo", project }] }, retired).existing;
    expect(known([paused], row)).toEqual({ malmo: { kind: "kept", ...row } });
    expect(known([paused], { ...row, ref: b })).toEqual({});
    expect(reconcile({ found: [paused] }, retired).existing).toEqual({});
  });

  it("are restored where their orchestra comes back from retirement, and have no trouble then", () => {
    const returning = ["malmo"];
    const { existing, notes } = reconcile({ found: [paused], recorded: [recorded], returning });
    expect(existing).toEqual({ malmo: { ...held, restore: true } });
    expect(notes.map(({ text }) => text)).toEqual([
      expect.stringContaining(`production-malmo (${a}, INACTIVE) is restored before anything else`),
    ]);
    expect(reconcile({ found: [malmo], recorded: [recorded], returning }).existing).toEqual({ malmo: held });
    expect(reconcile({ recorded: [recorded], returning }).existing["malmo"]).toHaveProperty("trouble");
    expect(reconcile({ found: [paused], returning }).existing).toEqual({
      malmo: { kind: "adopted", ref: a, restore: true },
    });
  });
});
