import { describe, expect, it } from "vitest";

import type { LifecycleState } from "../../../infra/config/schema/orchestraSchema.ts";
import { reconcileLifecycle } from "../../../infra/preflight/reconcileLifecycle.ts";
import type { RecordedOrchestra } from "../../../infra/preflight/recordedState.ts";

const malmo: RecordedOrchestra = { id: "malmo", key: "malmo", status: "Active", retired: false, released: false };
const suspended = { ...malmo, status: "Suspended" };
const retired = { ...malmo, status: "Retired", retired: true };
const gone = { ...retired, released: true };
const claimed = { ...gone, key: "pool-1" };

/** Reconciles a stack file that declares malmo in this state, or no orchestra, with the recorded ones. */
function reconcile(
  declared: LifecycleState | "released" | undefined,
  recorded: RecordedOrchestra[],
  { protect = true, retiredNumbers = [] as number[], registered = [] as Parameters<typeof reconcileLifecycle>[2] } = {},
) {
  const state = declared === "released" ? "retired" : declared;
  const malmo = { id: "malmo", host: "malmo.stagesub.com", state, released: declared === "released" };
  const pool = [1, 2].map((number) => ({
    number,
    state: { kind: retiredNumbers.includes(number) ? "retired" : "free" },
  }));
  const plan = { stack: "production", supabase: { protect }, orchestras: declared ? [malmo] : [], pool };
  return reconcileLifecycle(plan as unknown as Parameters<typeof reconcileLifecycle>[0], recorded, registered);
}
const warnings = (before: RecordedOrchestra, after: Parameters<typeof reconcile>[0]) =>
  reconcile(after, [before]).warnings.map(({ text }) => text);

describe("reconcileLifecycle", () => {
  it("says nothing where nothing changes, and of a new orchestra", () => {
    expect(warnings(malmo, "active")).toEqual([]);
    expect(warnings(suspended, "suspended")).toEqual([]);
    expect(warnings(gone, "released")).toEqual([]);
    expect(reconcile("active", [])).toEqual({ deleted: [], returning: [], warnings: [] });
  });

  it("says what each step of a life will do, and of a retirement until it is complete", () => {
    expect([
      ...warnings(malmo, "suspended"),
      ...warnings(suspended, "active"),
      ...warnings(suspended, "retired"),
      ...warnings(retired, "released"),
      ...warnings(retired, "active"),
    ]).toMatchInlineSnapshot(`
      [
        "malmo is suspended: its page says so and nobody signs in. Its data, its name and its migrations stay.",
        "malmo opens again.",
        "malmo is retired: the app is shut out of its database (malmo), which is backed up into backups/production/ and verified; then its Supabase project is paused, if this stack made it, and the name malmo.stagesub.com taken away. Migrations no longer reach it.",
        "malmo may be deleted from here on: the change that takes its lines out deletes its data for good.",
        "malmo comes back, with the data that it had. A Supabase project that was paused is restored first, which takes minutes.",
      ]
    `);
    expect(warnings({ ...malmo, status: "Retired" }, "retired")).toHaveLength(1);
  });

  it("names the database of an orchestra that comes back until its row says so", () => {
    expect(reconcile("active", [claimed]).returning).toEqual(["pool-1"]);
    expect(reconcile("suspended", [{ ...claimed, retired: false }]).returning).toEqual(["pool-1"]);
    expect(reconcile("retired", [claimed]).returning).toEqual([]);
    expect(reconcile("active", [{ ...claimed, status: "Active" }]).returning).toEqual([]);
  });

  it("refuses to delete an orchestra that holds data, and names the way out", () => {
    expect(() => reconcile(undefined, [malmo, { ...malmo, id: "gavle", key: "pool-1" }]))
      .toThrowErrorMatchingInlineSnapshot(`
        [UserError: Refusing to delete orchestras malmo, gavle, which the stack file no longer has: their databases hold their data. Put their lines back. To part with them, one change after the other, each with its own \`pulumi up\`:
          1. ./stagesub retire malmo gavle -s production: the database is backed up, the app shut out, the name taken away;
          2. \`protect: false\` among the lines: deletion is allowed from then on;
          3. the lines go, and a pool database's number to stagesub:pool.retired: the data is deleted.

        Nothing was created or changed.]
      `);
  });

  it("refuses a deletion that no preview has announced", () => {
    expect(() => reconcile(undefined, [retired])).toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing to delete orchestra malmo, which the stack file no longer has: it is retired and still protected. Put its lines back, with \`protect: false\` among them, and run \`pulumi up\`; the change after that may take them out.

      Nothing was created or changed.]
    `);
  });

  it("refuses to delete an orchestra that the main database alone has: a lost state hides none", () => {
    const registered = [
      { id: "malmo", key: "malmo", status: "Retired" },
      { id: "gavle", key: "pool-2", status: "Active" },
    ];
    expect(() => reconcile("active", [malmo], { registered })).toThrow("Refusing to delete orchestra gavle");
    expect(reconcile("active", [], { registered: [registered[0]!] })).toMatchObject({ returning: ["malmo"] });
  });

  it("deletes a released orchestra; a pool database's number must be retired in the same change", () => {
    expect(reconcile(undefined, [gone])).toMatchInlineSnapshot(`
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
    expect(() => reconcile(undefined, [claimed])).toThrow("List 1 under stagesub:pool.retired in the same change");
    expect(reconcile(undefined, [claimed], { retiredNumbers: [1] }).deleted).toEqual(["malmo"]);
  });

  it("lets an unprotected stack delete its orchestras, and asks for the backup of released ones alone", () => {
    const deleted = (...recorded: RecordedOrchestra[]) => reconcile(undefined, recorded, { protect: false }).deleted;
    expect([deleted(malmo), deleted(retired), deleted(gone)]).toEqual([[], [], ["malmo"]]);
  });
});
