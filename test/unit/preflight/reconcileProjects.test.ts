import type { SupabaseProject } from "../../../infra/cloud/supabaseApi.ts";
import type { RegisteredProject } from "../../../infra/database/registry/readRegister.ts";
import { describe, expect, it } from "vitest";

import { UserError } from "../../../infra/errors.ts";
import {
  requestedProjects,
  reconcileProjects,
  type ProjectReconciliation,
  type RecordedProject,
} from "../../../infra/preflight/reconcileProjects.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";

const supabase = { organization: "stagesub", region: "eu-north-1", size: "micro" } as Plan["supabase"];
const plan = {
  stack: "production",
  supabase,
  orchestras: ["malmo", "gavle"].map((id) => ({ id, database: { kind: "project" } })),
  pool: [
    { name: "pool-1", source: { kind: "project" }, state: { kind: "spare" } },
    { name: "pool-2", source: { kind: "adopted" }, state: { kind: "spare" } },
  ],
} as Plan;

const [a, b] = ["aaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbb"];
const existing = (more: Partial<SupabaseProject> = {}): SupabaseProject => ({
  ref: a,
  name: "production-malmo",
  region: "eu-north-1",
  status: "ACTIVE_HEALTHY",
  size: "micro",
  ...more,
});
const recorded = (more: Partial<RecordedProject> = {}): RecordedProject => ({
  key: "malmo",
  ref: a,
  region: "eu-north-1",
  organization: "stagesub",
  ...more,
});

const none: ProjectReconciliation = {
  adopted: {},
  kept: {},
  created: [],
  troubles: {},
  restored: {},
  notes: [],
  warnings: [],
};
/** Nothing is to be said, and these are to be made. */
const making = (...created: string[]): ProjectReconciliation => ({ ...none, created });

/** The plan for existing projects, by what the state holds. */
describe("the projects of a stack", () => {
  const refusal = (...args: Parameters<typeof reconcileProjects>): string => {
    try {
      reconcileProjects(...args);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return (error as Error).message;
    }
    throw new Error("It was not refused");
  };

  it("are warned of where a second one has the name of one that the state holds, which stays the stack's", () => {
    const { warnings, ...rest } = reconcileProjects(plan, [existing(), existing({ ref: b })], [recorded()]);
    expect(rest).toEqual({
      adopted: {},
      kept: {},
      created: ["gavle", "pool-1"],
      troubles: {},
      restored: {},
      notes: [],
    });
    expect(warnings).toEqual([
      `A second Supabase project has the name production-malmo: this stack's is ${a}, the other, ${b} (ACTIVE_HEALTHY), is in no state and is left ` +
        "alone. It costs money: npm run orchestra -- orphans -s production says what to do with it.",
    ]);
  });

  it("are made where none of their name stands", () => {
    const strangers = ["malmo", "production-malmo-2", "staging-malmo", "production-pool-2", "Production-malmo"];
    expect(
      reconcileProjects(
        plan,
        strangers.map((name, index) => existing({ name, ref: `${index}` })),
        [],
      ),
    ).toEqual(making("malmo", "gavle", "pool-1"));
  });

  it("are adopted where one stands under our name that the state does not hold", () => {
    const projects = [existing(), existing({ name: "production-pool-1", ref: b, status: "COMING_UP" })];
    const { size: _size, ...young } = projects[1]!;
    const { adopted, troubles, notes } = reconcileProjects(plan, [projects[0]!, young], []);
    expect(adopted).toEqual({ malmo: a, "pool-1": b });
    expect(troubles).toEqual({});
    expect(notes.map(({ values }) => values)).toEqual([
      ["malmo", a],
      ["pool-1", b],
    ]);
    expect(notes.map(({ text }) => text)).toMatchInlineSnapshot(`
      [
        "Supabase project production-malmo (aaaaaaaaaaaaaaaaaaaa, ACTIVE_HEALTHY) exists already and is adopted, not made, if it opens with this stack's password.",
        "Supabase project production-pool-1 (bbbbbbbbbbbbbbbbbbbb, COMING_UP) exists already and is adopted, not made, if it opens with this stack's password.",
      ]
    `);
  });

  it("are neither adopted nor spoken of where the state holds them, whatever their name at Supabase has become", () => {
    for (const name of ["production-malmo", "Malmö, do not touch"])
      expect(reconcileProjects(plan, [existing({ name })], [recorded()])).toEqual(making("gavle", "pool-1"));
  });

  it("are refused, with both refs, where two stand under our name and the state holds neither", () => {
    expect(refusal(plan, [existing(), existing({ ref: b, status: "INACTIVE" })], [])).toMatchInlineSnapshot(`
      "Refusing to go on with these Supabase projects. Nothing was created or changed.

        malmo, project production-malmo (aaaaaaaaaaaaaaaaaaaa and bbbbbbbbbbbbbbbbbbbb):
          Expected one project of this name, got 2: aaaaaaaaaaaaaaaaaaaa (ACTIVE_HEALTHY) and bbbbbbbbbbbbbbbbbbbb (INACTIVE). The state holds neither, so only you can say which one is meant: rename the other one, or delete it, in Supabase's dashboard."
    `);
  });

  it("are not confused with one of their name that is being deleted", () => {
    const leaving = existing({ ref: b, status: "GOING_DOWN" });
    expect(reconcileProjects(plan, [leaving], [])).toEqual(making("malmo", "gavle", "pool-1"));
    expect(reconcileProjects(plan, [leaving, existing()], []).adopted).toEqual({ malmo: a });
  });

  it("are refused a move to another region or organization, with both values", () => {
    const moved = { ...plan, supabase: { ...supabase, region: "eu-west-1", organization: "other" } } as Plan;
    expect(refusal(moved, [existing()], [recorded()])).toMatchInlineSnapshot(`
      "Refusing to go on with these Supabase projects. Nothing was created or changed.

        malmo, project production-malmo (aaaaaaaaaaaaaaaaaaaa):
          Expected stagesub:supabase.organization "stagesub", where it is; got "other". This program does not move a project to another organization: put the line back. For new orchestras elsewhere make another stack.
          Expected stagesub:supabase.region eu-north-1, where it is; got eu-west-1. Supabase moves no project to another region: put the line back. For new orchestras elsewhere make another stack."
    `);
  });

  it("are adopted only as they stand: in the declared region, of the declared size", () => {
    const other = existing({ region: "eu-west-1", size: "small" });
    expect(refusal(plan, [other], [])).toMatchInlineSnapshot(`
      "Refusing to go on with these Supabase projects. Nothing was created or changed.

        malmo, project production-malmo (aaaaaaaaaaaaaaaaaaaa):
          Expected stagesub:supabase.region eu-west-1, where it is; got eu-north-1. Supabase moves no project to another region: put the line back. For new orchestras elsewhere make another stack.
          Expected stagesub:supabase.size small, which it has; got micro. It is not in this stack's state, and is adopted only as it is: set its size to micro in Supabase's dashboard, or declare small until it is adopted."
    `);
    // Held by the state, another size is a change like any other.
    expect(reconcileProjects(plan, [existing({ size: "small" })], [recorded()])).toEqual(making("gavle", "pool-1"));
  });

  it("have their own trouble, which is nobody else's: deleted by hand, paused", () => {
    const paused = existing({ name: "production-gavle", ref: b, status: "INACTIVE", trouble: "It is paused." });
    const holders = [recorded(), recorded({ key: "gavle", ref: b })];
    const { adopted, troubles } = reconcileProjects(plan, [paused], holders);
    expect(adopted).toEqual({});
    expect(troubles).toMatchInlineSnapshot(`
      {
        "gavle": "It is paused.",
        "malmo": "Supabase project production-malmo (aaaaaaaaaaaaaaaaaaaa) is in the state and no longer in the organization: it was deleted, or the token no longer sees it. If it was deleted, its data is in the backups alone: docs/recovery.md, “A project was deleted by hand”.",
      }
    `);
  });

  it("are left alone where their orchestra is retired: paused on purpose, or gone", () => {
    const orchestras = plan.orchestras.map((one) => ({ ...one, state: "retired" as const }));
    const retired = { ...plan, orchestras };
    const paused = existing({ status: "INACTIVE", trouble: "paused" });
    expect(reconcileProjects(retired, [paused], [recorded()])).toEqual(making("pool-1"));
    expect(reconcileProjects(retired, [], [recorded()])).toEqual(making("pool-1"));
  });

  it("are known where their orchestra is retired and its row leads to them, and adopted when it comes back: nobody can open one that is paused", () => {
    const orchestras = plan.orchestras.map((one) => ({ ...one, state: "retired" as const }));
    const retired = { ...plan, orchestras };
    const paused = existing({ status: "INACTIVE", trouble: "it is paused" });
    const known = { ref: a, databaseUrl: "postgresql://x" };
    const registered = new Map([["malmo", known]]);
    expect(reconcileProjects(retired, [paused], [], [], registered)).toEqual({
      ...making("pool-1"),
      kept: { malmo: known },
    });
    expect(reconcileProjects(retired, [paused], [recorded()], [], registered)).toEqual(making("pool-1"));
    const back = reconcileProjects(plan, [paused], [], ["malmo"], registered);
    expect(back).toMatchObject({ adopted: { malmo: a }, restored: { malmo: a }, troubles: {} });
    for (const others of [new Map([["malmo", { ...known, ref: b }]]), new Map<string, RegisteredProject>()])
      expect(reconcileProjects(retired, [paused], [], [], others)).toEqual(making("pool-1"));
  });

  it("are restored where their orchestra comes back from retirement, and are no trouble then", () => {
    const paused = existing({ status: "INACTIVE", trouble: "It is paused." });
    const { restored, troubles, notes } = reconcileProjects(plan, [paused], [recorded()], ["malmo"]);
    expect({ restored, troubles }).toEqual({ restored: { malmo: a }, troubles: {} });
    expect(notes.map(({ text }) => text)).toEqual([
      expect.stringContaining(`production-malmo (${a}, INACTIVE) is restored before anything else`),
    ]);
    expect(reconcileProjects(plan, [existing()], [recorded()], ["malmo"])).toEqual(making("gavle", "pool-1"));
    expect(reconcileProjects(plan, [], [recorded()], ["malmo"]).troubles).toHaveProperty("malmo");
  });

  it("are never replaced by another of their name", () => {
    const { adopted, troubles } = reconcileProjects(plan, [existing({ ref: b })], [recorded()]);
    expect(adopted).toEqual({});
    expect(troubles["malmo"]).toContain(`Another project of this name exists (${b}); it is not taken in its place.`);
  });

  it("say before they are adopted that they cannot be worked with", () => {
    const failed = existing({ status: "INIT_FAILED", trouble: "It never came up." });
    const { adopted, troubles, notes } = reconcileProjects(plan, [failed], []);
    expect({ adopted, troubles, notes }).toEqual({
      adopted: { malmo: a },
      troubles: { malmo: "It never came up." },
      notes: [],
    });
  });

  it("may have been asked for by a run that did not hear the answer: requested, in no state and in no list", () => {
    const requested = ["malmo", "gavle", "pool-1", "pool-2", "no-longer-declared"].map((key) => `production-${key}`);
    expect(requestedProjects(plan, [], [recorded()], requested)).toEqual(["production-gavle", "production-pool-1"]);
    const listed = [existing(), existing({ name: "production-gavle", status: "GOING_DOWN" })];
    expect(requestedProjects(plan, listed, [], requested)).toEqual(["production-gavle", "production-pool-1"]);
    expect(requestedProjects(plan, [], [], [])).toEqual([]);
    const orchestras = plan.orchestras.map((one) => ({ ...one, state: "retired" as const }));
    expect(requestedProjects({ ...plan, orchestras }, [], [], requested)).toEqual(["production-pool-1"]);
  });
});
