import Table from "cli-table3";
import pc from "picocolors";

import { formatSize } from "../formatFleet.ts";
import type { PoolDatabase, PoolReport } from "./describePool.ts";

/** Formats a row for each database, and below the sums and the growth. Leaves out warnings. */
export function formatPool(report: PoolReport): string {
  const { databases, used, free, retired, spares, max, growth } = report;
  if (databases.length === 0) return "The stack file declares no pool (stagesub:pool).";
  const table = new Table({
    head: ["database", "state", "orchestra", "size", "connections"],
    colAligns: ["left", "left", "left", "right", "right"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  for (const database of databases)
    table.push([database.name, formatState(database.state), database.orchestra ?? "", ...formatUsage(database)]);
  return [
    table.toString(),
    `${used} used, ${free} free, ${retired} retired; ${spares} spares asked for, ${databases.length} of at most ${max} numbers taken.`,
    ...(growth.length > 0
      ? ["", "Claims a month, by the set-up dates of the orchestras that hold pool databases:"]
      : []),
    ...growth.map(({ month, claimed }) =>
      `  ${month}  ${String(claimed).padStart(3)}  ${"█".repeat(claimed)}`.trimEnd(),
    ),
  ].join("\n");
}

function formatState(state: PoolDatabase["state"]): string {
  if (state === "spare") return pc.green("free");
  return state === "claimed" ? "used" : pc.dim("retired");
}

function formatUsage({ reading }: PoolDatabase): [string, string] {
  if (reading.kind === "retired") return ["", ""];
  if (reading.kind === "absent") return [pc.yellow("not made yet"), ""];
  if (reading.kind === "unreachable") return [pc.red("unreachable"), ""];
  return [formatSize(reading), `${reading.connections}`];
}
