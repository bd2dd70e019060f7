import type { Plan } from "../../infra/plan/planStack.ts";
import type { Step } from "./previewDigest.ts";
import { prices } from "./prices.ts";

/** The monthly cost of the stack's Supabase projects, in USD. */
export interface Cost {
  /** Null if the previous size is not known. */
  before: number | null;
  after: number;
  /** Projects that run. Those of retired orchestras are paused, and cost nothing here. */
  projects: { before: number; after: number };
  size: { before: string | null; after: string };
}

/** Counts the projects of a preview, as they are and as they would be. */
export function readCost(steps: readonly Step[], plan: Plan, before?: Plan): Cost {
  const projects = steps.filter(({ kind }) => kind === "Project");
  const paused = readPaused(steps, plan);
  const stands = ({ op }: Step) => op !== "create" && op !== "import";
  const stays = ({ op }: Step) => op !== "delete";
  const running = {
    before: projects.filter((step) => stands(step) && !paused.before.has(step.name)).length,
    after: projects.filter((step) => stays(step) && !paused.after.has(step.name)).length,
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
function readPaused(steps: readonly Step[], plan: Plan): { before: Set<string>; after: Set<string> } {
  const retirements = steps.filter(({ kind }) => kind === "OrchestraRetirement");
  const goneFromPool = steps.filter(
    ({ kind, name, op }) => kind === "Project" && op === "delete" && name.startsWith("pool-"),
  );
  const keysOf = (id: string) => {
    const database = plan.orchestras.find((orchestra) => orchestra.id === id)?.database;
    // An orchestra that leaves the stack file leaves nobody to ask: its database goes with it.
    return database?.kind === "pool"
      ? [database.name]
      : database
        ? [id]
        : [id, ...goneFromPool.map(({ name }) => name)];
  };
  return {
    before: new Set(retirements.filter(({ op }) => op !== "create").flatMap(({ name }) => keysOf(name))),
    after: new Set(retirements.filter(({ op }) => op !== "delete").flatMap(({ name }) => keysOf(name))),
  };
}
