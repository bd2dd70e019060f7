import { keyOf } from "./planOrchestras.ts";
import type { Plan } from "./planStack.ts";

/** Returns the name at Supabase of the project with this key. */
export function projectName(stack: string, key: string): string {
  return `${stack}-${key}`;
}

/** Returns the keys of databases that are left as they are: of retired orchestras, and retired numbers of the pool. */
export function retiredKeys({ orchestras, pool }: Pick<Plan, "orchestras" | "pool">): ReadonlySet<string> {
  const held = orchestras.filter(({ state }) => state === "retired");
  const numbers = pool.filter(({ state }) => state.kind === "retired");
  return new Set([...held.map(keyOf), ...numbers.map(({ name }) => name)]);
}

/** Returns the keys of the databases that are Supabase projects of this stack. */
export function projectKeys({ orchestras, pool }: Pick<Plan, "orchestras" | "pool">): string[] {
  const own = orchestras.filter(({ database }) => database.kind === "project").map(({ id }) => id);
  return [...own, ...pool.filter(({ source }) => source.kind === "project").map(({ name }) => name)];
}
