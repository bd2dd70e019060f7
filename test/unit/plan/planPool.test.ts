import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planPool, type PoolDeclaration } from "../../../infra/plan/planPool.ts";

const urls = (number: number) => ({ url: `postgresql://app/${number}`, direct: `postgresql://owner/${number}` });
const adopt = (numbers: number[]) => new Map(numbers.map((number) => [number, urls(number)]));

/** Any pool that parseStack lets through: claims and retired numbers do not overlap. `max` is out of the way. */
const pools = fc
  .record({
    claimed: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }),
    retired: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }),
    adopted: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }),
    spares: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ claimed, retired, adopted, spares }): PoolDeclaration => {
    const claims = new Map(claimed.map((number) => [number, `orchestra-${number}`]));
    const out = retired.filter((number) => !claims.has(number));
    return { claims, retired: out, adopted: adopt(adopted), spares, max: 1000 };
  });

const kinds = (pool: PoolDeclaration, kind: string) => planPool(pool).filter(({ state }) => state.kind === kind);

describe("planPool", () => {
  it("numbers databases from 1 without a gap", () => {
    fc.assert(
      fc.property(pools, (pool) => {
        expect(planPool(pool).map(({ name }) => name)).toEqual(planPool(pool).map((_, index) => `pool-${index + 1}`));
      }),
    );
  });

  it("makes no database more than claims, retired numbers, adopted ones and spares need", () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const size = planPool(pool).length;
        const used = new Set([...pool.claims.keys(), ...pool.retired]);
        const highestAdopted = Math.max(0, ...pool.adopted.keys());
        const holds = (n: number) => {
          const inside = [...used].filter((number) => number <= n).length;
          return inside === used.size && n >= highestAdopted && n - inside >= pool.spares;
        };
        expect(holds(size)).toBe(true);
        expect(size === 0 || !holds(size - 1)).toBe(true);
      }),
    );
  });

  it("keeps exactly the spares asked for, unless a used or adopted number lies higher", () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const used = new Set([...pool.claims.keys(), ...pool.retired]);
        const below = Math.max(0, ...used, ...pool.adopted.keys()) - used.size;
        expect(kinds(pool, "free")).toHaveLength(Math.max(pool.spares, below));
      }),
    );
  });

  it("gives every claim its own number, and hands out no retired one", () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const claimed = kinds(pool, "claimed").map(({ number, state }) => [number, state]);
        const asked = [...pool.claims].map(([number, orchestra]) => [number, { kind: "claimed", orchestra }]);
        expect(claimed).toEqual(asked.sort(([a], [b]) => Number(a) - Number(b)));
        const retired = new Set(kinds(pool, "retired").map(({ number }) => number));
        expect(retired).toEqual(new Set(pool.retired));
      }),
    );
  });

  it("puts an adopted database at its number whatever its state, and a project at every other one", () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const planned = planPool(pool).map(({ number, source }) => [number, source] as const);
        const adopted = planned.filter(([, { kind }]) => kind === "adopted");
        const expected = [...pool.adopted].map(([number, found]) => [number, { kind: "adopted", ...found }] as const);
        expect(adopted).toEqual(expected.sort(([a], [b]) => a - b));
      }),
    );
  });

  it("takes an adopted database that is free for one of the spares asked for", () => {
    const spares = (adopted: number[]) =>
      planPool({ claims: new Map([[1, "malmo"]]), retired: [], adopted: adopt(adopted), spares: 2, max: 20 });
    expect(spares([]).map(({ source }) => source.kind)).toEqual(["project", "project", "project"]);
    expect(spares([2, 3]).map(({ source }) => source.kind)).toEqual(["project", "adopted", "adopted"]);
    expect(spares([2, 3, 4])).toHaveLength(4);
  });

  it("adds exactly one spare when a spare is claimed, and moves nothing else", () => {
    fc.assert(
      fc.property(pools, fc.nat(), (pool, choice) => {
        const spares = kinds(pool, "free");
        const surplus = spares.length > pool.spares;
        if (spares.length === 0 || surplus) return;
        const taken = spares[choice % spares.length]!.number;
        const before = planPool(pool);
        const after = planPool({ ...pool, claims: new Map([...pool.claims, [taken, "newcomer"]]) });
        expect(after).toHaveLength(before.length + 1);
        expect(after.at(-1)?.state).toEqual({ kind: "free" });
        for (const [index, database] of before.entries()) {
          if (database.number !== taken) expect(after[index]).toEqual(database);
        }
      }),
    );
  });

  it("goes through any life of claims, retirements, spares and adoptions without moving, swapping or reusing a database", () => {
    const moves = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("claim" as const), choice: fc.nat() }),
        fc.record({ kind: fc.constant("retire" as const), choice: fc.nat() }),
        fc.record({ kind: fc.constant("spares" as const), choice: fc.integer({ min: 0, max: 5 }) }),
        // A number that does not exist yet: the provider refuses to put an adopted database in the place of another.
        fc.record({ kind: fc.constant("adopt" as const), choice: fc.integer({ min: 1, max: 4 }) }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(moves, (steps) => {
        let pool: PoolDeclaration = { claims: new Map(), retired: [], adopted: new Map(), spares: 1, max: 1000 };
        const sources = new Map<number, object>();
        const everHeld = new Map<number, string>();
        for (const [index, { kind, choice }] of steps.entries()) {
          if (kind === "spares") pool = { ...pool, spares: choice };
          if (kind === "adopt") {
            const number = Math.max(planPool(pool).length, ...sources.keys()) + choice;
            pool = { ...pool, adopted: new Map([...pool.adopted, [number, urls(number)]]) };
          }
          const candidates = kinds(pool, kind === "claim" ? "free" : "claimed");
          const number = candidates[choice % Math.max(1, candidates.length)]?.number;
          if (number !== undefined && kind === "claim") {
            expect(everHeld.has(number)).toBe(false);
            everHeld.set(number, `orchestra-${index}`);
            pool = { ...pool, claims: new Map([...pool.claims, [number, `orchestra-${index}`]]) };
          }
          if (number !== undefined && kind === "retire") {
            const claims = new Map([...pool.claims].filter(([other]) => other !== number));
            pool = { ...pool, claims, retired: [...pool.retired, number] };
          }
          for (const { number: held, state, source } of planPool(pool)) {
            if (state.kind === "claimed") expect(state.orchestra).toBe(everHeld.get(held));
            expect(source).toEqual(sources.get(held) ?? source);
            sources.set(held, source);
          }
        }
      }),
    );
  });

  it("does not depend on the order of claims, retirements and adoptions", () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const claims = new Map([...pool.claims].reverse());
        const adopted = new Map([...pool.adopted].reverse());
        const turned = { ...pool, claims, adopted, retired: [...pool.retired].reverse() };
        expect(planPool(turned)).toEqual(planPool(pool));
      }),
    );
  });

  it("fails exactly when it would need more than the maximum", () => {
    fc.assert(
      fc.property(pools, fc.integer({ min: 0, max: 60 }), (pool, max) => {
        const size = planPool(pool).length;
        const plan = () => planPool({ ...pool, max });
        if (size <= max) expect(plan()).toHaveLength(size);
        else expect(plan).toThrow(expect.objectContaining({ code: "pool-full" }));
      }),
    );
  });

  it("says how many are taken, by whom, and what to change", () => {
    const none: PoolDeclaration = { claims: new Map(), retired: [], adopted: new Map(), spares: 0, max: 0 };
    const claims = new Map([
      [3, "gavle"],
      [1, "malmo"],
    ]);
    expect(() => planPool({ ...none, claims, retired: [2], spares: 2, max: 4 })).toThrowErrorMatchingInlineSnapshot(`
      [UserError: No databases available in pool: stagesub:pool.max is 4, and 5 would be needed for 2 claims, 1 retired number and 2 free databases.
        claimed:  pool-1 by malmo, pool-3 by gavle
        retired:  pool-2
        do this:  raise stagesub:pool.max to at least 5, or lower stagesub:pool.spares to 1, or give an orchestra a project of its own by leaving out its \`database:\`]
    `);
    expect(() => planPool({ ...none, claims, max: 2 })).toThrowErrorMatchingInlineSnapshot(`
      [UserError: No databases available in pool: stagesub:pool.max is 2, and 3 would be needed for 2 claims, 0 retired numbers and 0 free databases.
        claimed:  pool-1 by malmo, pool-3 by gavle
        retired:  none
        do this:  raise stagesub:pool.max to at least 3, or give an orchestra a project of its own by leaving out its \`database:\`]
    `);
    expect(() => planPool({ ...none, spares: 2, max: 1 })).toThrowErrorMatchingInlineSnapshot(`
      [UserError: No databases available in pool: stagesub:pool.max is 1, and 2 would be needed for 0 claims, 0 retired numbers and 2 free databases.
        claimed:  none
        retired:  none
        do this:  raise stagesub:pool.max to at least 2, or lower stagesub:pool.spares to 1]
    `);
    expect(() => planPool({ ...none, adopted: adopt([1, 2]), claims: new Map([[1, "malmo"]]), spares: 2, max: 2 }))
      .toThrowErrorMatchingInlineSnapshot(`
        [UserError: No databases available in pool: stagesub:pool.max is 2, and 3 would be needed for 1 claim, 0 retired numbers and 2 free databases, with adopted databases up to pool-2.
          claimed:  pool-1 by malmo
          retired:  none
          do this:  raise stagesub:pool.max to at least 3, or lower stagesub:pool.spares to 1, or give an orchestra a project of its own by leaving out its \`database:\`]
      `);
  });
});
