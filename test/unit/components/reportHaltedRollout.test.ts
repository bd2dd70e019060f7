import { describe, expect, it } from "vitest";

import { describeHaltedRollout } from "../../../infra/components/reportHaltedRollout.ts";
import type { RolloutStage } from "../../../infra/plan/planRollout.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";

const stage = (name: string, orchestras: string[], spares: string[] = []): RolloutStage => ({
  name,
  orchestras,
  spares,
});
const stages = [
  stage("canary", ["malmo"]),
  stage("wave 1", ["gavle", "umea"]),
  stage("wave 2", ["lund"]),
  stage("the rest", ["kiruna"], ["pool-2"]),
];
const all = ["malmo", "gavle", "pool-1", "lund", "kiruna", "pool-2"];

/** Returns the message where these databases failed or were skipped; umea is on pool-1. */
function say(onError: "stop" | "continue", undone: string[], among = stages): string | undefined {
  const orchestras = ["malmo", "gavle", "umea", "lund", "kiruna"].map((id) => ({
    id,
    database: id === "umea" ? { kind: "pool", name: "pool-1" } : { kind: "project" },
  })) as Plan["orchestras"];
  const done = new Set(all.filter((key) => !undone.includes(key)));
  return describeHaltedRollout({ stack: "production", rollout: { onError, stages: among }, orchestras }, done);
}

describe("describeHaltedRollout", () => {
  it("names the canary, who was not touched, and what to do", () => {
    expect(say("stop", all)).toMatchInlineSnapshot(
      `"Stopped: the canary malmo failed, for the reason beside its name, so these were not touched and stay on the version that they have: 4 orchestras (gavle, umea, lund, kiruna) and 1 free database (pool-2). For the versions: ./stagesub list -s production. Correct what failed and run \`pulumi up\` again: it goes on with what is left, in the same order."`,
    );
    expect(say("continue", all)).toBe(say("stop", all));
  });

  it("names who failed in a wave, and leaves out who had nothing to do", () => {
    expect(say("stop", ["pool-1", "lund"])).toMatchInlineSnapshot(
      `"Stopped: umea in wave 1 failed, for the reason beside its name, so these were not touched and stay on the version that they have: 1 orchestra (lund). For the versions: ./stagesub list -s production. Correct what failed and run \`pulumi up\` again: it goes on with what is left, in the same order."`,
    );
  });

  it("says nothing where a wave's failure stops nobody, where the last stage failed, and where all is well", () => {
    expect(say("continue", ["gavle"])).toBeUndefined();
    expect(say("stop", ["kiruna"])).toBeUndefined();
    expect(say("stop", ["gavle"])).toBeUndefined();
    expect(say("stop", [])).toBeUndefined();
  });

  it("stays readable with sixty orchestras", () => {
    const many = Array.from({ length: 58 }, (_, index) => `o${index}`);
    expect(say("stop", ["malmo"], [stages[0]!, stage("the rest", many)])).toContain(
      "58 orchestras (o0, o1, o2, o3, o4, o5, o6, o7, o8, o9 and 48 more)",
    );
  });
});
