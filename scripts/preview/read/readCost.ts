import { keyOf } from "../../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import type { Step } from "./previewDigest.ts";
import type { supabaseSizes } from "../../../infra/config/schema/supabaseSchema.ts";

/** The monthly cost of the stack's Supabase projects, in USD. */
export interface Cost {
  /** Null if the previous size is unknown. */
  before: number | null;
  after: number;
  /** Running projects. Those of retired orchestras are paused and cost nothing. */
  projects: { before: number; after: number };
  size: { before: string | null; after: string };
}

/** Compares the cost of the projects before and after a preview's changes. */
export function readCost(steps: readonly Step[], plan: Plan, before?: Plan): Cost {
  const projects = steps.filter(({ kind }) => kind === "Project");
  const paused = findPaused(steps, plan);
  const running = {
    before: projects.filter(({ op, name }) => op !== "create" && op !== "import" && !paused.before.has(name)).length,
    after: projects.filter(({ op, name }) => op !== "delete" && !paused.after.has(name)).length,
  };
  const resized = projects.some(
    ({ op, changed }) => op === "update" && changed.some(({ key }) => key === "instanceSize"),
  );
  const { size } = plan.supabase;
  const oldSize = !resized ? size : before && before.supabase.size !== size ? before.supabase.size : null;
  return {
    before: oldSize === null ? null : running.before * prices.compute[oldSize],
    after: running.after * prices.compute[size],
    projects: running,
    size: { before: oldSize, after: size },
  };
}

/** Returns the keys of the databases whose orchestra is retired. */
function findPaused(steps: readonly Step[], plan: Plan): { before: Set<string>; after: Set<string> } {
  const retirements = steps.filter(({ kind }) => kind === "OrchestraRetirement");
  const goneFromPool = steps.filter(
    ({ kind, name, op }) => kind === "Project" && op === "delete" && name.startsWith("pool-"),
  );
  const keysOf = (id: string) => {
    const declared = plan.orchestras.find((orchestra) => orchestra.id === id);
    if (declared) return [keyOf(declared)];
    // The stack file no longer names the orchestra's database, which is deleted with it.
    return [id, ...goneFromPool.map(({ name }) => name)];
  };
  return {
    before: new Set(retirements.filter(({ op }) => op !== "create").flatMap(({ name }) => keysOf(name))),
    after: new Set(retirements.filter(({ op }) => op !== "delete").flatMap(({ name }) => keysOf(name))),
  };
}

/**
 * Supabase's prices for a project's compute, in USD a month (rounded there; it bills by the hour). Sizes above 16xlarge stand in its
 * dashboard's source alone.
 */
export const prices: {
  /** The month of the list, and its page. */
  asOf: string;
  source: string;
  compute: Record<(typeof supabaseSizes)[number], number>;
  /** The plan's fee, once for an organization, whatever its stacks, and the compute that the fee covers. */
  plan: { name: string; fee: number; computeCredit: number };
  /** Disk that each project has without charge, in GB, and a further GB's price. */
  disk: { included: number; each: number };
} = {
  asOf: "2026-04",
  source: "https://supabase.com/docs/guides/platform/manage-your-usage/compute",
  compute: {
    // In a paid organization nano costs the same as micro.
    nano: 10,
    micro: 10,
    small: 15,
    medium: 60,
    large: 110,
    xlarge: 210,
    "2xlarge": 410,
    "4xlarge": 960,
    "8xlarge": 1_870,
    "12xlarge": 2_800,
    "16xlarge": 3_730,
    "24xlarge": 7_100,
    "24xlarge_optimized_cpu": 6_500,
    "24xlarge_optimized_memory": 10_100,
    "24xlarge_high_memory": 16_000,
    "48xlarge": 14_200,
    "48xlarge_optimized_cpu": 13_000,
    "48xlarge_optimized_memory": 20_200,
    "48xlarge_high_memory": 32_000,
  },
  plan: { name: "Pro", fee: 25, computeCredit: 10 },
  disk: { included: 8, each: 0.125 },
};
