import { describe, expect, it } from "vitest";

import { drift } from "../../../../scripts/fleet/difference.ts";
import type { Fleet } from "../../../../scripts/fleet/readFleet.ts";
import { embedSnapshot, readSnapshot, type Snapshot, takeSnapshot } from "../../../../scripts/fleet/report/snapshot.ts";
import { behind, fleet, orchestra, poolReport, sharedParts, unreachable } from "../../../support/fleets.ts";

const pool = poolReport([]);
let hours = 0;
const take = (of: Fleet, previous?: Snapshot) =>
  takeSnapshot(of, pool, new Date(Date.UTC(2026, 10, 22, hours++)), previous);
/** Returns the changes that the last of a row of reports finds. */
const changes = (...fleets: Fleet[]) => {
  const taken = fleets.reduce<Snapshot | undefined>((previous, each) => take(each, previous), undefined)!;
  const latest = taken.history.find(({ at }) => at === taken.at)?.changes ?? [];
  return latest.map(({ text, ids }) => `${ids.join(", ")}: ${text}`);
};
const malmo = (change = {}) => orchestra({ id: "malmo", name: "Malmö", ...change });

describe("the changes between two reports", () => {
  it("are the facts and differences that are others now, the same one of several orchestras once", () => {
    const lund = orchestra({ id: "lund", name: "Lund", ...behind });
    const before = fleet([malmo(behind), lund, orchestra({ id: "umea", name: "Umeå" })]);
    const after = fleet([malmo({ contact: "Bo", status: "Suspended" }), orchestra({ id: "lund", name: "Lund" })], {
      head: "0012_next.sql",
    });
    expect(changes(before, after)).toEqual([
      "stack production: head: 0011_audit_log → 0012_next",
      "malmo: contact changed",
      "malmo, lund: version: 0009_substitute_requests → 0011_audit_log",
      "malmo: status: Active → Suspended",
      "malmo, lund: no longer: behind, 2 pending: 0010_notification_log.sql, 0011_audit_log.sql",
      "umea: is gone",
    ]);
    expect(changes(before, before)).toEqual([]);
  });

  it("do not take an orchestra or a main database that does not answer for a change of it", () => {
    const drifted = malmo({ differences: [drift("rights", "rights: no")] });
    const silent = malmo(unreachable);
    expect(changes(fleet([drifted]), fleet([silent]))).toEqual([`malmo: ≠ ${silent.differences[0]!.text}`]);
    expect(changes(fleet([malmo(behind)]), fleet([silent]), fleet([malmo()]))[0]).toBe(
      "malmo: version: 0009_substitute_requests → 0011_audit_log",
    );
    const unread = { ...malmo(), row: null };
    expect(changes(fleet([drifted]), fleet([unread], { shared: sharedParts("no answer") }))).toEqual([
      "the main database: ≠ no answer",
    ]);
  });

  it("hold no contact, are read from a page of the same stack alone, and are kept for twenty reports", () => {
    let taken: Snapshot | undefined;
    for (let version = 0; version < 25; version++) taken = take(fleet([malmo({ version: `${version}.sql` })]), taken);
    expect(taken!.history).toHaveLength(20);
    const page = embedSnapshot(taken!);
    expect(page).not.toContain("malmo@example.se");
    expect(page).not.toContain("Orkesterkontoret");
    expect(readSnapshot(page, "production")).toEqual(taken);
    expect(readSnapshot(page, "staging")).toBeUndefined();
    expect(readSnapshot("<html>", "production")).toBeUndefined();
    expect(readSnapshot(page.replace('"history"', '"other"'), "production")).toBeUndefined();
  });
});
