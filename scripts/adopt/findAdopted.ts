import type { Plan } from "../../infra/plan/planStack.ts";
import { keyOf } from "../../infra/plan/planOrchestras.ts";
import { UserError } from "../../infra/errors.ts";

/** An adopted database of a stack, and whose it is. `direct` is secret. */
export interface AdoptedDatabase {
  /** Its name in the stack: the orchestra's id, or `pool-N`. */
  key: string;
  direct: string;
  /** Left out: a pool database that nobody claims. */
  owner?: { orchestra: string; name: string };
}

/**
 * Finds an adopted database by its pool name, or by the orchestra that holds it.
 *
 * @throws {UserError} where that database is not adopted
 */
export function findAdopted({ orchestras, pool }: Plan, id: string): AdoptedDatabase {
  const orchestra = orchestras.find((one) => one.id === id);
  const name = orchestra ? keyOf(orchestra) : id;
  const slot = pool.find((one) => one.name === name);
  const source = slot?.source ?? orchestra?.database;
  if (source?.kind === "adopted") {
    const holder = slot
      ? orchestras.find(({ database }) => database.kind === "pool" && database.name === name)
      : orchestra;
    return {
      key: name,
      direct: source.direct,
      ...(holder && { owner: { orchestra: holder.id, name: holder.name } }),
    };
  }
  const adopted = [
    ...orchestras.filter(({ database }) => database.kind === "adopted").map((one) => one.id),
    ...pool.filter((one) => one.source.kind === "adopted").map((one) => one.name),
  ];
  const found =
    source === undefined
      ? "neither an orchestra nor a pool database of this stack"
      : "a Supabase project of this stack";
  throw new UserError(
    "adoption-refused",
    `Expected an adopted database, got ${JSON.stringify(id)}, which is ${found}. Adopted ones (stagesub:adopted): ${adopted.join(", ") || "none"}.`,
  );
}
