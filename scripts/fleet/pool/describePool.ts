import type { StackConfig } from "../../../infra/config/parseStack.ts";
import { UserError } from "../../../infra/errors.ts";
import { planPool, type PoolDatabasePlan } from "../../../infra/plan/planPool.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import type { DatabaseReading } from "../readDatabase.ts";

export interface PoolDatabase {
  name: string;
  state: PoolDatabasePlan["state"]["kind"];
  /** The orchestra that holds it. */
  orchestra?: string;
  /** `absent`: not provisioned yet. */
  reading: DatabaseReading;
}

export interface PoolReport {
  databases: PoolDatabase[];
  /** Counts of databases in use, free and ready, and retired; then the counts that the stack file asks for. */
  used: number;
  free: number;
  retired: number;
  spares: number;
  max: number;
  /** Month → orchestras that hold pool databases and were set up then, by their `since`; months without any between them too. */
  growth: { month: string; claimed: number }[];
  warnings: string[];
}

/** Describes the pool as declared, with each database's reading, by its name. Pure. */
export function describePool(
  { plan, config }: { plan: Plan; config: Pick<StackConfig, "pool"> },
  readings: ReadonlyMap<string, DatabaseReading>,
): PoolReport {
  const databases = plan.pool.map(({ name, state }): PoolDatabase => ({
    name,
    state: state.kind,
    ...(state.kind === "claimed" && { orchestra: state.orchestra }),
    reading: readings.get(name) ?? { kind: "absent" },
  }));
  const count = (kind: PoolDatabase["state"]) => databases.filter(({ state }) => state === kind).length;
  const free = databases.filter(({ state, reading }) => state === "spare" && reading.kind === "read").length;
  const { spares, max } = config.pool;
  return {
    databases,
    used: count("claimed"),
    free,
    retired: count("retired"),
    spares,
    max,
    growth: countMonths(plan),
    warnings: [...warnOfSpares(free, spares), ...warnOfMax(plan, config), ...warnOfErrors(databases)],
  };
}

function countMonths({ orchestras }: Plan): PoolReport["growth"] {
  const months = orchestras
    .flatMap(({ database, since }) => (database.kind === "pool" ? [since.slice(0, 7)] : []))
    .sort();
  const [first, last] = [months[0], months.at(-1)];
  if (first === undefined || last === undefined) return [];
  const growth: PoolReport["growth"] = [];
  for (let month = first; month <= last; month = nextMonth(month))
    growth.push({ month, claimed: months.filter((other) => other === month).length });
  return growth;
}

/** "2026-12" → "2027-01" */
function nextMonth(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
}

function warnOfSpares(free: number, spares: number): string[] {
  if (free >= spares) return [];
  return [
    `Expected ${spares} free databases (stagesub:pool.spares), found ${free} ready. \`pulumi up\` makes what is missing.`,
  ];
}

/** Claims the next free database on paper: whether the plan after that still fits. */
function warnOfMax({ pool }: Plan, { pool: declared }: Pick<StackConfig, "pool">): string[] {
  const next = pool.find(({ state }) => state.kind === "spare")?.number ?? pool.length + 1;
  const claims = pool.flatMap(({ number, state }) =>
    state.kind === "claimed" ? [[number, state.orchestra] as const] : [],
  );
  const retired = pool.flatMap(({ number, state }) => (state.kind === "retired" ? [number] : []));
  const adopted = new Map(pool.flatMap(({ number, source }) => (source.kind === "adopted" ? [[number, source]] : [])));
  try {
    planPool({ ...declared, retired, adopted, claims: new Map([...claims, [next, "the next orchestra"]]) });
    return [];
  } catch (error) {
    if (!UserError.is(error, "pool-full")) throw error;
    return [`The next claim would fail: ${error.message}`];
  }
}

function warnOfErrors(databases: PoolDatabase[]): string[] {
  return databases.flatMap(({ name, reading }) =>
    reading.kind === "unreachable" ? [`${name} could not be looked into: ${reading.reason}`] : [],
  );
}
