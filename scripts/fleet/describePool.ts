import { pc } from "../cli/colours.ts";
import type { StackConfig } from "../../infra/config/parseStack.ts";
import { UserError } from "../../infra/errors.ts";
import { planPool } from "../../infra/plan/planPool.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { formatTable } from "../cli/formatTable.ts";
import { formatSize } from "./formatFleet.ts";
import type { FleetPoolDatabase } from "./readFleet.ts";

export interface PoolReport {
  databases: readonly FleetPoolDatabase[];
  /** Counts of databases that are claimed, free and ready, and retired; then the counts that the stack file asks for. */
  claimed: number;
  free: number;
  retired: number;
  spares: number;
  max: number;
  /** By the set-up dates of the orchestras that hold pool databases. */
  growth: Month[];
  warnings: string[];
}

/** Adds up the pool as declared and observed. Pure. */
export function describePool(
  { plan, config }: { plan: Plan; config: Pick<StackConfig, "pool"> },
  databases: readonly FleetPoolDatabase[],
): PoolReport {
  const count = (kind: FleetPoolDatabase["state"]["kind"]) =>
    databases.filter(({ state }) => state.kind === kind).length;
  const free = databases.filter(({ state, reading }) => state.kind === "free" && reading.kind === "read").length;
  const { spares, max } = config.pool;
  const holders = plan.orchestras.filter(({ database }) => database.kind === "pool");
  return {
    databases,
    claimed: count("claimed"),
    free,
    retired: count("retired"),
    spares,
    max,
    growth: countMonths(holders.map(({ since }) => since)),
    warnings: [
      ...(free >= spares
        ? []
        : [
            `Expected ${spares} free databases (stagesub:pool.spares), found ${free} ready. \`pulumi up\` makes what is missing.`,
          ]),
      ...foreseeFullPool(plan, config),
      ...databases.flatMap(({ id, reading }) =>
        reading.kind === "unreachable" ? [`${id} could not be looked into: ${reading.reason}`] : [],
      ),
    ],
  };
}

/** Claims the next free database on paper, and warns if the plan after that does not fit. */
function foreseeFullPool({ pool }: Plan, { pool: declared }: Pick<StackConfig, "pool">): string[] {
  const next = pool.find(({ state }) => state.kind === "free")?.number ?? pool.length + 1;
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

/** Formats a row for each database, and below the sums and the growth. Leaves out warnings. */
export function formatPool(report: PoolReport, width = Infinity): string {
  const { databases, growth } = report;
  if (databases.length === 0) return "The stack file declares no pool (stagesub:pool).";
  const rows = databases.map(({ id, state, reading }) => [
    id,
    stateLabels[state.kind],
    state.kind === "claimed" ? state.orchestra : "",
    reading.kind === "absent"
      ? pc.yellow("not made yet")
      : reading.kind === "unreachable"
        ? pc.red("unreachable")
        : formatSize(reading),
    "connections" in reading ? reading.connections : "",
  ]);
  return [
    formatTable(["database", "state", "orchestra", "size", "connections"], rows, {
      width,
      right: ["size", "connections"],
      optional: ["connections", "size"],
    }),
    formatPoolCounts(report),
    ...(growth.length > 0
      ? ["", "Claims a month, by the set-up dates of the orchestras that hold pool databases:"]
      : []),
    ...growth.map(({ month, added }) => `  ${month}  ${String(added).padStart(3)}  ${"█".repeat(added)}`),
  ].join("\n");
}

/** "1 claimed, 2 free of 2 wanted, 0 retired; 3 of at most 20 numbers taken." */
export function formatPoolCounts({ databases, claimed, free, retired, spares, max }: PoolReport): string {
  return `${claimed} claimed, ${free} free of ${spares} wanted, ${retired} retired; ${databases.length} of at most ${max} numbers taken.`;
}

const stateLabels = { free: pc.green("free"), claimed: "claimed", retired: pc.dim("retired") };

/** A month in which orchestras were set up. */
export interface Month {
  /** YYYY-MM */
  month: string;
  added: number;
  /** The count with all months before. */
  total: number;
}

/** Counts the dates of each month, by time. Texts that are no date, as an app's row may hold, are left out. */
export function countMonths(dates: readonly (string | null | undefined)[]): Month[] {
  const counts = new Map<string, number>();
  for (const date of dates) {
    if (!date || !/^\d{4}-(0[1-9]|1[0-2])-\d\d$/.test(date)) continue;
    const month = date.slice(0, 7);
    counts.set(month, (counts.get(month) ?? 0) + 1);
  }
  let total = 0;
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, added]) => ({ month, added, total: (total += added) }));
}
