import { keyOf } from "../../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import type { Step } from "./previewDigest.ts";
import { prices } from "./prices.ts";

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
