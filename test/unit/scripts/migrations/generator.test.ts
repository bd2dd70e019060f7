import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeValue } from "../../../../scripts/migrations/fill/makeValue.ts";
import { orderTables } from "../../../../scripts/migrations/fill/orderTables.ts";
import { randomNumbers } from "../../../../scripts/migrations/fill/randomNumbers.ts";
import type { ColumnShape } from "../../../../scripts/migrations/fill/readTables.ts";

const column = (changes: Partial<ColumnShape>): ColumnShape => ({
  name: "value",
  type: "text",
  isArray: false,
  size: [],
  labels: null,
  notNull: true,
  default: null,
  unique: false,
  ...changes,
});

const make = (changes: Partial<ColumnShape>, checks: string[] = [], rows = 1_000) => {
  const random = randomNumbers(1);
  const maker = makeValue(column(changes), checks)!;
  return Array.from({ length: rows }, (_, row) => maker(random, row));
};

/** That PostgreSQL takes the values is for test/database/migrationReview.test.ts. */
describe("makeValue", () => {
  it("makes the same values each time", () => {
    expect(make({ notNull: false })).toEqual(make({ notNull: false }));
  });

  it("leaves empty what may be empty, repeats what may repeat, and nothing else", () => {
    expect(make({ notNull: false })).toContain(null);
    expect(make({})).not.toContain(null);
    expect(new Set(make({})).size).toBeLessThan(1_000);
    for (const type of ["text", "integer", "bigint", "uuid"])
      expect(new Set(make({ type, unique: true })).size, type).toBe(1_000);
    expect(new Set(make({ name: "email", unique: true })).size).toBe(1_000);
    expect(new Set(make({ type: "character varying", size: [8], unique: true })).size).toBeGreaterThan(900);
  });

  it("keeps to a column's size and labels", () => {
    expect(make({ type: "character varying", size: [3] }).every((text) => [...(text as string)].length <= 3)).toBe(
      true,
    );
    expect(make({ type: "numeric", size: [4, 2] }).every((number) => (number as number) < 100)).toBe(true);
    expect(make({ type: "smallint", unique: true }, [], 70_000).every((number) => (number as number) < 32_768)).toBe(
      true,
    );
    expect(new Set(make({ type: '"Language"', labels: ["sv", "en"] }))).toEqual(new Set(["sv", "en"]));
  });

  it("tries the constants that a check compares with", () => {
    expect(make({}, ["status = ANY (ARRAY['Pending'::text, 'It''s on'::text])"])).toEqual(
      expect.arrayContaining(["Pending", "It's on"]),
    );
    const seats = make({ type: "integer" }, ["((seats >= 1) AND (seats <= 3))"]) as number[];
    expect(seats.filter((number) => number >= 1 && number <= 3).length).toBeGreaterThan(200);
  });

  it("says that it knows no values for a type", () => {
    expect(makeValue(column({ type: "tsrange" }), [])).toBeUndefined();
  });
});

describe("orderTables", () => {
  const table = (oid: number, required: number[], optional: number[] = []) => ({
    oid,
    columns: [
      ...required.map((target) => ({ ...column({}), name: `r${target}` })),
      ...optional.map((target) => column({ name: `o${target}`, notNull: false })),
    ],
    references: [
      ...required.map((target) => ["r", target] as const),
      ...optional.map((target) => ["o", target] as const),
    ].map(([kind, target]) => ({ columns: [`${kind}${target}`], target, targetName: "", targetColumns: ["id"] })),
  });
  const order = (tables: ReturnType<typeof table>[]) => orderTables(tables).map(({ oid }) => oid);

  it("puts each table after those that it points at", () => {
    expect(order([table(1, [2]), table(2, [3]), table(3, [])])).toEqual([3, 2, 1]);
  });

  it("opens a circle where a row may point at nothing, and loses no table in any", () => {
    expect(order([table(1, [2]), table(2, [], [1])])).toEqual([2, 1]);
    expect(order([table(1, [1])])).toEqual([1]);
    const target = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uniqueArray(target), fc.uniqueArray(target)), { maxLength: 7 }), (all) => {
        const tables = all.map(([required, optional], oid) => table(oid, required, optional));
        expect(order(tables).sort()).toEqual(tables.map(({ oid }) => oid).sort());
      }),
    );
  });
});
