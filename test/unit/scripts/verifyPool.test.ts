import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";

import { planPool } from "../../../infra/plan/planPool.ts";
import type { DatabaseReading } from "../../../scripts/fleet/readDatabase.ts";
import { describePool, formatPool } from "../../../scripts/fleet/describePool.ts";

/** Orchestra → its pool number and set-up date. */
function report(
  pool: { spares: number; max: number; retired?: number[] },
  holders: Record<string, [number, string]>,
  readings: Record<string, DatabaseReading> = {},
) {
  const declared = { retired: [], ...pool };
  const claims = new Map(Object.entries(holders).map(([id, [number]]) => [number, id]));
  const orchestras = Object.values(holders).map(([number, since]) => {
    return { since, database: { kind: "pool", name: `pool-${number}` } };
  });
  const planned = planPool({ ...declared, claims, adopted: new Map() });
  const read = { kind: "read", bytes: 9_437_184, connections: 2 } as DatabaseReading;
  const stack = { plan: { pool: planned, orchestras }, config: { pool: declared } } as never;
  return describePool(
    stack,
    planned.map(({ name: id, number, state }) => {
      return { id, number, state, reading: readings[id] ?? read, differences: [] };
    }),
  );
}

describe("describePool", () => {
  it("shows who holds what, and how many claims each month brought", () => {
    const holders: Record<string, [number, string]> = {
      vasteras: [1, "2026-10-22"],
      orebro: [3, "2027-01-02"],
      umea: [4, "2027-01-30"],
    };
    const seen = report({ spares: 2, max: 20, retired: [2] }, holders);
    expect(stripVTControlCharacters(formatPool(seen))).toMatchInlineSnapshot(`
      "┌──────────┬─────────┬───────────┬────────┬─────────────┐
      │ database │ state   │ orchestra │   size │ connections │
      ├──────────┼─────────┼───────────┼────────┼─────────────┤
      │ pool-1   │ claimed │ vasteras  │ 9.0 MB │           2 │
      │ pool-2   │ retired │           │ 9.0 MB │           2 │
      │ pool-3   │ claimed │ orebro    │ 9.0 MB │           2 │
      │ pool-4   │ claimed │ umea      │ 9.0 MB │           2 │
      │ pool-5   │ free    │           │ 9.0 MB │           2 │
      │ pool-6   │ free    │           │ 9.0 MB │           2 │
      └──────────┴─────────┴───────────┴────────┴─────────────┘
      3 claimed, 2 free of 2 wanted, 1 retired; 6 of at most 20 numbers taken.

      Claims a month, by the set-up dates of the orchestras that hold pool databases:
        2026-10    1  █
        2027-01    2  ██"
    `);
    expect(seen.warnings).toEqual([]);
  });

  it("warns when fewer spares are ready than asked for, and says what could not be reached", () => {
    const { free, warnings } = report(
      { spares: 2, max: 9 },
      {},
      { "pool-2": { kind: "unreachable", reason: "Cannot connect." } },
    );
    expect(free).toBe(1);
    expect(warnings).toMatchInlineSnapshot(`
      [
        "Expected 2 free databases (stagesub:pool.spares), found 1 ready. \`pulumi up\` makes what is missing.",
        "pool-2 could not be looked into: Cannot connect.",
      ]
    `);
  });

  it("warns when the next claim would fail, and not before", () => {
    const holders: Record<string, [number, string]> = { vasteras: [1, "2026-10-22"] };
    expect(report({ spares: 2, max: 4 }, holders).warnings).toEqual([]);
    expect(report({ spares: 2, max: 3 }, holders).warnings).toMatchInlineSnapshot(`
      [
        "The next claim would fail: No databases available in pool: stagesub:pool.max is 3, and 4 would be needed for 2 claims, 0 retired numbers and 2 free databases.
        claimed:  pool-1 by vasteras, pool-2 by the next orchestra
        retired:  none
        do this:  raise stagesub:pool.max to at least 4, or lower stagesub:pool.spares to 1, or give an orchestra a project of its own by leaving out its \`database:\`",
      ]
    `);
  });

  it("says that there is no pool where none is declared", () => {
    expect(formatPool(report({ spares: 0, max: 0 }, {}))).toBe("The stack file declares no pool (stagesub:pool).");
  });
});
