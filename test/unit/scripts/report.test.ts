import { describe, expect, it } from "vitest";

import { drift, type Difference } from "../../../scripts/fleet/difference.ts";
import { countMonths } from "../../../scripts/fleet/describePool.ts";
import { judgeOrchestra } from "../../../scripts/fleet/report/fleetTable.ts";
import { head, orchestra, read, type Sketch } from "../../support/fleets.ts";

/** test/browser proves the page's looks and behaviour. */
const judge = (sketch: Partial<Sketch>) => judgeOrchestra(orchestra({ id: "gavle", name: "Gävle", ...sketch }));
const pending: Difference = { kind: "pending", field: "version", text: "behind, 1 pending: 0011_audit_log.sql" };
const seeds = drift("templates", "missing: EmailTemplate welcome.sv");

describe("judgeOrchestra", () => {
  it("finds nothing in an orchestra that is as declared", () => {
    expect(judge({})).toEqual([]);
  });

  it("tells pending migrations from drift, and both together", () => {
    const version = "0010_notification_log.sql";
    expect(judge({ version, differences: [pending] })).toEqual(["behind"]);
    expect(judge({ version, differences: [pending, seeds] })).toEqual(["drift", "behind"]);
    const edited = drift("version", "0001_users.sql was edited after it was applied");
    expect(judge({ version, differences: [pending, edited] })).toEqual(["drift", "behind"]);
    expect(judge({ differences: [edited] })).toEqual(["drift"]);
  });

  it("calls a database that holds nothing of ours drift, and one that does not answer unreachable, with what the row adds", () => {
    const never = drift("database", "its database was never migrated");
    expect(judge({ reading: { kind: "empty", bytes: 1, connections: 0 }, differences: [never] })).toEqual(["drift"]);
    const silent: Difference = { kind: "unseen", field: "database", text: "its database: no answer" };
    const reading = { kind: "unreachable", reason: "no answer" } as const;
    expect(judge({ reading, differences: [silent] })).toEqual(["unreachable"]);
    const renamed = drift("name", 'name: declared "Gävle", in the main database "Gefle"');
    expect(judge({ reading, differences: [renamed, silent] })).toEqual(["unreachable", "drift"]);
  });

  it("takes another owner in the database for drift", () => {
    const owner = drift("database", "its database says that it belongs to malmo");
    expect(judge({ reading: read("malmo", head, 1), differences: [owner] })).toEqual(["drift"]);
  });

  it("waits for what is declared and not made, and leaves rows of other stacks alone", () => {
    const notMade: Difference = {
      kind: "pending",
      field: "database",
      text: "declared, and not made yet",
    };
    expect(judge({ reading: { kind: "absent" }, differences: [notMade] })).toEqual(["waiting"]);
    const stray = { ...orchestra({ id: "lund", name: "Lund", reading: { kind: "absent" } }), declared: null };
    expect(judgeOrchestra(stray)).toEqual(["elsewhere"]);
    const byHand: Difference = {
      kind: "unmanaged",
      field: "row",
      text: "a row in the main database that this program did not make",
    };
    expect(judgeOrchestra({ ...stray, differences: [byHand] })).toEqual(["elsewhere"]);
    const left = drift("row", "a row of lund, which this stack made and declares no more");
    expect(judgeOrchestra({ ...stray, differences: [left] })).toEqual(["drift"]);
  });
});

describe("countMonths", () => {
  it("adds dates up by their month, whatever their order, and leaves out texts that are no date", () => {
    expect(countMonths(["2026-11-22", "2025-02-01", "2026-11-01", "soon", "2026-13-01", null, undefined])).toEqual([
      { month: "2025-02", added: 1, total: 1 },
      { month: "2026-11", added: 2, total: 3 },
    ]);
  });
});
