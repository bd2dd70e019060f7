import type { Plan } from "../../../infra/plan/planStack.ts";
import type { Step } from "./previewDigest.ts";

/** The growth of the pool. */
export interface PoolChange {
  /** The number of existing databases. */
  before: number;
  after: number;
  made: string[];
  deleted: string[];
  /** Databases that an orchestra claims by this change: `pool-2` and its id. */
  claimed: { name: string; orchestra: string }[];
  /** Counts of the pool's databases after the change. */
  state: { claimed: number; free: number; retired: number };
}

/** Reads the changes of the pool; undefined if there are none. */
export function readPool(steps: readonly Step[], plan: Plan): PoolChange | undefined {
  const own = steps.filter(({ kind, name }) => kind === "TenantDatabase" && /^pool-\d+$/.test(name));
  const named = (...ops: string[]) =>
    own
      .filter(({ op }) => ops.includes(op))
      .map(({ name }) => name)
      .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  const [made, deleted] = [named("create"), named("delete")];
  const claimed = plan.orchestras.flatMap(({ id, database }) => {
    if (database.kind !== "pool") return [];
    const isNew = steps.some((step) => step.kind === "Orchestra" && step.name === id && step.op === "create");
    return isNew ? [{ name: database.name, orchestra: id }] : [];
  });
  if (made.length + deleted.length + claimed.length === 0) return undefined;
  const count = (kind: "claimed" | "free" | "retired") => plan.pool.filter(({ state }) => state.kind === kind).length;
  const before = own.length - made.length;
  const state = { claimed: count("claimed"), free: count("free"), retired: count("retired") };
  return { before, after: before + made.length - deleted.length, made, deleted, claimed, state };
}
