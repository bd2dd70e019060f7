import { describe, expect, it } from "vitest";

import { reconcileLifecycle, type RecordedOrchestra } from "../../../infra/preflight/reconcileLifecycle.ts";
import type { OrchestraPlan } from "../../../infra/plan/planOrchestras.ts";

type Lived = Pick<OrchestraPlan, "id" | "state" | "released">;

const malmo: RecordedOrchestra = { id: "malmo", key: "malmo", status: "Active", retired: false, released: false };
const gone = { ...malmo, status: "Retired", retired: true, released: true };

function plan(declared: Lived[], { protect = true, retiredNumbers = [] as number[] } = {}) {
  const orchestras = declared.map((one) => ({ ...one, host: `${one.id}.stagesub.com` }));
  const pool = [1, 2].map((number) => ({
    number,
    name: `pool-${number}`,
    state: { kind: retiredNumbers.includes(number) ? "retired" : "spare" },
  }));
  return { stack: "production", supabase: { protect }, orchestras, pool } as unknown as Parameters<
    typeof reconcileLifecycle
  >[0];
}

const warnings = (before: RecordedOrchestra, after: Omit<Lived, "id">) =>
  reconcileLifecycle(plan([{ id: "malmo", ...after }]), [before]).warnings.map(({ text }) => text);

describe("reconcileLifecycle", () => {
  it("says nothing where nothing changes, and of a new orchestra", () => {
    expect(warnings(malmo, { state: "active", released: false })).toEqual([]);
    expect(warnings({ ...malmo, status: "Suspended" }, { state: "suspended", released: false })).toEqual([]);
    expect(warnings(gone, { state: "retired", released: true })).toEqual([]);
    expect(reconcileLifecycle(plan([{ id: "malmo", state: "active", released: false }]), [])).toEqual({
      deleted: [],
      returning: [],
      warnings: [],
    });
  });

  it("says what each step of a life will do", () => {
    const suspended = { ...malmo, status: "Suspended" };
    const retired = { ...gone, released: false };
    expect([
      ...warnings(malmo, { state: "suspended", released: false }),
      ...warnings(suspended, { state: "active", released: false }),
      ...warnings(suspended, { state: "retired", released: false }),
      ...warnings(retired, { state: "retired", released: true }),
      ...warnings(retired, { state: "active", released: false }),
    ]).toMatchInlineSnapshot(`
      [
        "malmo is suspended: its page says so and nobody signs in. Its data, its name and its migrations stay.",
        "malmo opens again.",
        "malmo is retired: the app is shut out of its database (malmo), which is backed up into backups/production/ and verified; then its Supabase project is paused, if this stack made it, and the name malmo.stagesub.com taken away. Migrations no longer reach it.",
        "malmo may be deleted from here on: the change that takes its lines out deletes its data for good.",
        "malmo comes back, with the data that it had. A Supabase project that was paused is restored first, which takes minutes.",
      ]
    `);
  });

  it("names what comes back until its row says so", () => {
    const returning = (before: RecordedOrchestra, state: Lived["state"]) =>
      reconcileLifecycle(plan([{ id: "malmo", state, released: false }]), [{ ...before, key: "pool-1" }]).returning;
    expect(returning(gone, "active")).toEqual(["pool-1"]);
    expect(returning({ ...gone, retired: false }, "suspended")).toEqual(["pool-1"]);
    expect(returning(gone, "retired")).toEqual([]);
    expect(returning({ ...gone, status: "Active" }, "active")).toEqual([]);
  });

  it("announces retirement again while it has not come to its end", () => {
    const cutOff = { ...malmo, status: "Retired" };
    expect(warnings(cutOff, { state: "retired", released: false })).toHaveLength(1);
  });

  it("refuses the deletion of what holds data, and names the way out", () => {
    const claimed = { ...malmo, id: "gavle", key: "pool-1" };
    expect(() => reconcileLifecycle(plan([]), [malmo, claimed])).toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing to delete orchestra malmo, which the stack file no longer has: its database holds its data. Put its lines back. To part with it, one change after the other, each with its own \`pulumi up\`:
        1. npm run orchestra -- retire malmo -s production: its database is backed up, the app shut out, the name taken away;
        2. \`protect: false\` among its lines: it may be deleted from then on;
        3. its lines go: its data is deleted.

      Refusing to delete orchestra gavle, which the stack file no longer has: its database holds its data. Put its lines back. To part with it, one change after the other, each with its own \`pulumi up\`:
        1. npm run orchestra -- retire gavle -s production: its database is backed up, the app shut out, the name taken away;
        2. \`protect: false\` among its lines: it may be deleted from then on;
        3. its lines go, and its number to stagesub:pool.retired: its data is deleted.

      Nothing was created or changed.]
    `);
  });

  it("refuses the deletion of what no preview has announced", () => {
    expect(() => reconcileLifecycle(plan([]), [{ ...gone, released: false }])).toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing to delete orchestra malmo, which the stack file no longer has: it is retired and still protected. Put its lines back, with \`protect: false\` among them, and run \`pulumi up\`; the change after that may take them out.

      Nothing was created or changed.]
    `);
  });

  it("deletes what was let go; a pool database's number must be retired in the same change", () => {
    expect(reconcileLifecycle(plan([]), [gone])).toMatchInlineSnapshot(`
      {
        "deleted": [
          "malmo",
        ],
        "returning": [],
        "warnings": [
          {
            "code": "orchestra-deleted",
            "text": "malmo is deleted for good: its database (malmo), its row and, if this stack made it, its Supabase project. The backup in backups/production/ and the log stay.",
            "values": [
              "malmo",
            ],
          },
        ],
      }
    `);
    const claimed = { ...gone, key: "pool-1" };
    expect(() => reconcileLifecycle(plan([]), [claimed])).toThrow(
      "List 1 under stagesub:pool.retired in the same change",
    );
    expect(reconcileLifecycle(plan([], { retiredNumbers: [1] }), [claimed]).deleted).toEqual(["malmo"]);
  });

  it("leaves a stack that holds nothing of worth alone", () => {
    expect(reconcileLifecycle(plan([], { protect: false }), [malmo])).toEqual({
      deleted: [],
      returning: [],
      warnings: [],
    });
    const kept = { ...gone, released: false };
    expect(reconcileLifecycle(plan([], { protect: false }), [kept]).deleted).toEqual([]);
  });

  it("looks for the backup of what was let go without protection too: its removal asks for it", () => {
    const { deleted, warnings } = reconcileLifecycle(plan([], { protect: false }), [gone]);
    expect(deleted).toEqual(["malmo"]);
    expect(warnings).toHaveLength(1);
  });
});
