import { count } from "../util/text.ts";
import { UserError } from "../errors.ts";

export interface PoolDeclaration {
  /** Number → the orchestra that claims it. */
  claims: ReadonlyMap<number, string>;
  /** Number → the URLs of the existing database that takes this number. Secret. */
  adopted: ReadonlyMap<number, { url: string; direct: string }>;
  retired: readonly number[];
  spares: number;
  max: number;
}

/** One database of the pool. Retired ones stay in the plan: leaving a number out deletes nothing. */
export interface PoolDatabasePlan {
  /** "pool-3" */
  name: string;
  number: number;
  state: { kind: "free" } | { kind: "claimed"; orchestra: string } | { kind: "retired" };
  /** The kind of database, in any state: a Supabase project, or the adopted database of this number. */
  source: OwnSource;
}

/** The source of a database: a project made here, or an existing database. The URLs are secret. */
export type OwnSource = { kind: "project" } | { kind: "adopted"; url: string; direct: string };

/**
 * Plans `pool-1 … pool-N`, where N is the smallest number that holds every claim, every retired number, every adopted database and `spares`
 * free ones. So a claim adds the next spare in the same plan, and nobody's number depends on anybody else's.
 *
 * A claim or an adoption may name a number that does not exist yet; the numbers below it become spares too (claiming pool-7 first makes
 * seven). Only then are there more spares than asked for; `max` limits the pool.
 *
 * @throws {UserError} "No databases available in pool" when N would exceed `max`.
 */
export function planPool(pool: PoolDeclaration): PoolDatabasePlan[] {
  const { claims, adopted, spares, max } = pool;
  const retired = new Set(pool.retired);
  const used = new Set([...claims.keys(), ...retired]);
  const highest = Math.max(0, ...used, ...adopted.keys());
  const size = highest + Math.max(0, spares - (highest - used.size));
  if (size > max)
    throw new UserError("pool-full", explainFullPool(pool, size, highest <= max ? max - used.size : undefined));
  return Array.from({ length: size }, (_, index) => {
    const number = index + 1;
    const name = `pool-${number}`;
    const [orchestra, urls] = [claims.get(number), adopted.get(number)];
    return {
      name,
      number,
      state: orchestra ? { kind: "claimed", orchestra } : { kind: retired.has(number) ? "retired" : "free" },
      source: urls ? { kind: "adopted", ...urls } : { kind: "project" },
    };
  });
}

/** Explains that a pool needs `size` databases; `fittingSpares` is the number of spares with which it would fit. */
function explainFullPool(pool: PoolDeclaration, size: number, fittingSpares: number | undefined): string {
  const { claims, adopted, spares, max } = pool;
  const retired = [...new Set(pool.retired)].sort((a, b) => a - b).map((number) => `pool-${number}`);
  const holders = [...claims].sort(([a], [b]) => a - b).map(([number, orchestra]) => `pool-${number} by ${orchestra}`);
  const upTo = adopted.size > 0 ? `, with adopted databases up to pool-${Math.max(...adopted.keys())}` : "";
  const needs = `${count(claims.size, "claim")}, ${count(retired.length, "retired number")} and ${count(spares, "free database")}`;
  const remedies = [
    `raise stagesub:pool.max to at least ${size}`,
    ...(fittingSpares === undefined ? [] : [`lower stagesub:pool.spares to ${fittingSpares}`]),
    ...(claims.size > 0 ? ["give an orchestra a project of its own by leaving out its `database:`"] : []),
  ];
  return [
    `No databases available in pool: stagesub:pool.max is ${max}, and ${size} would be needed for ${needs}${upTo}.`,
    `  claimed:  ${holders.join(", ") || "none"}`,
    `  retired:  ${retired.join(", ") || "none"}`,
    `  do this:  ${remedies.join(", or ")}`,
  ].join("\n");
}
