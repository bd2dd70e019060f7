import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { LifecycleState } from "../../../infra/config/schema/orchestraSchema.ts";
import { describeRollout, planRollout } from "../../../infra/plan/planRollout.ts";

/** A rollout that `checkRollout` lets through, over orchestras and pool databases of every state. */
const rollouts = fc
  .record({
    ids: fc.uniqueArray(fc.stringMatching(/^[a-z]{2,6}$/), { maxLength: 30 }),
    places: fc.array(fc.nat(5), { minLength: 30, maxLength: 30 }),
    retired: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
    onError: fc.constantFrom("stop" as const, "continue" as const),
    slots: fc.array(fc.constantFrom("free", "claimed", "retired"), { maxLength: 6 }),
  })
  .map(({ ids, places, retired, onError, slots }) => {
    // 0: the canary, 1 to 3: waves, 4 and 5: named nowhere; only who is not named may be retired.
    const named = (place: number) => ids.filter((_, index) => places[index] === place);
    const orchestras = ids.map((id, index) => {
      const state: LifecycleState = places[index]! > 3 && retired[index] ? "retired" : "active";
      return { id, state };
    });
    const pool = slots.map((kind, index) => ({
      name: `pool-${index + 1}`,
      state: kind === "claimed" ? { kind, orchestra: "x" } : { kind },
    })) as Parameters<typeof planRollout>[2];
    const waves = [named(1), named(2), named(3)].filter(({ length }) => length > 0);
    return { config: { canary: named(0), waves, onError }, orchestras, pool };
  });

describe("planRollout", () => {
  it("reaches everybody who is not retired exactly once, and every spare", () => {
    fc.assert(
      fc.property(rollouts, ({ config, orchestras, pool }) => {
        const { stages } = planRollout(config, orchestras, pool);
        const active = orchestras.filter(({ state }) => state !== "retired").map(({ id }) => id);
        expect(stages.flatMap((stage) => stage.orchestras).sort()).toEqual(active.sort());
        const spares = pool.filter(({ state }) => state.kind === "free").map(({ name }) => name);
        expect(stages.flatMap((stage) => stage.spares)).toEqual(spares);
      }),
    );
  });

  it("has the canaries first, then the waves in their order, the rest and the spares last, and no stage of nobody", () => {
    fc.assert(
      fc.property(rollouts, ({ config, orchestras, pool }) => {
        const { stages } = planRollout(config, orchestras, pool);
        const stageOf = (id: string) => stages.findIndex((stage) => stage.orchestras.includes(id));
        const groups = [config.canary, ...config.waves].filter(({ length }) => length > 0);
        groups.forEach((group, index) => group.forEach((id) => expect(stageOf(id)).toBe(index)));
        const named = new Set(groups.flat());
        for (const { id, state } of orchestras)
          if (!named.has(id) && state !== "retired") expect(stageOf(id)).toBe(groups.length);
        stages.slice(0, -1).forEach(({ spares }) => expect(spares.slice(0, groups.length)).toEqual([]));
        for (const stage of stages) expect(stage.orchestras.length + stage.spares.length).toBeGreaterThan(0);
      }),
    );
  });

  it("is told in one line", () => {
    const ids = ["gavle", "goteborg", "malmo", ...Array.from({ length: 58 }, (_, index) => `rest-${index}`)];
    const orchestras = ids.map((id) => ({ id, state: "active" as const }));
    const pool = [{ name: "pool-1", state: { kind: "free" as const } }];
    const plan = (canary: string[], waves: string[][]) =>
      describeRollout(planRollout({ canary, waves, onError: "stop" }, orchestras, pool));
    expect(plan(["malmo"], [["goteborg", "gavle"]])).toBe(
      "canary: malmo → wave 1: gavle, goteborg → the rest: 58 orchestras, 1 free database",
    );
    expect(plan([], [ids.slice(3, 20), ids.slice(0, 1)])).toBe(
      "wave 1: 17 orchestras → wave 2: gavle → the rest: 43 orchestras, 1 free database",
    );
  });
});
