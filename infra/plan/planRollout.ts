import type { StackConfig } from "../config/parseStack.ts";
import { count } from "../util/text.ts";
import type { Notice } from "./notice.ts";
import type { OrchestraPlan } from "./planOrchestras.ts";
import type { PoolDatabasePlan } from "./planPool.ts";

/** The order in which migrations reach the databases. Retired orchestras are in no stage: migrations no longer reach them. */
export interface Rollout {
  /** The effect of a failed wave on the later stages; a failed canary stops them all. */
  onError: "stop" | "continue";
  /** The stages in their order; none is empty. */
  stages: RolloutStage[];
}

/** Databases that migrate side by side. */
export interface RolloutStage {
  /** "canary", "wave 1", "wave 2", … or "the rest". */
  name: string;
  /** Ids, sorted. */
  orchestras: string[];
  /** Pool databases that no orchestra holds; only the last stage has any. */
  spares: string[];
}

/** Plans the order: the canaries, the waves, then the rest. Pure. */
export function planRollout(
  { canary, waves, onError }: StackConfig["rollout"],
  orchestras: readonly Pick<OrchestraPlan, "id" | "state">[],
  pool: readonly Pick<PoolDatabasePlan, "name" | "state">[],
): Rollout {
  const reached = orchestras.filter(({ state }) => state !== "retired").map(({ id }) => id);
  const named = new Set([canary, ...waves].flat());
  const stages = [
    { name: "canary", orchestras: [...canary].sort(), spares: [] },
    ...waves.map((ids, index) => ({ name: `wave ${index + 1}`, orchestras: [...ids].sort(), spares: [] })),
    {
      name: "the rest",
      orchestras: reached.filter((id) => !named.has(id)).sort(),
      spares: pool.filter(({ state }) => state.kind === "free").map(({ name }) => name),
    },
  ];
  return { onError, stages: stages.filter((stage) => stage.orchestras.length + stage.spares.length > 0) };
}

/** Describes the order for a reader; returns nothing where there is one stage or nothing pending. */
export function describeOrder({ rollout }: { rollout: Rollout }, pending: object): Notice[] {
  if (rollout.stages.length < 2 || Object.keys(pending).length === 0) return [];
  const { onError } = rollout;
  const failure = rollout.stages.some(({ name }) => name.startsWith("wave")) ? ` (onError: ${onError})` : "";
  return [{ code: "rollout-order", values: [], text: `Migrations go ${describeRollout(rollout)}${failure}.` }];
}

/** Returns "canary: malmo → wave 1: gavle, goteborg → the rest: 58 orchestras, 2 free databases". */
export function describeRollout({ stages }: Rollout): string {
  return stages.map((stage) => `${stage.name}: ${describeStage(stage)}`).join(" → ");
}

function describeStage({ name, orchestras, spares }: RolloutStage): string {
  const number = orchestras.length > 0 ? [count(orchestras.length, "orchestra")] : [];
  const who = name !== "the rest" && orchestras.length <= 8 ? orchestras : number;
  return [...who, ...(spares.length > 0 ? [count(spares.length, "free database")] : [])].join(", ");
}
