import pc from "picocolors";

import { formatTable } from "../../cli/formatTable.ts";
import { type CheckName, checkNames, type CheckResult, type CheckResults, isHealthy } from "./checkResult.ts";

/** Formats one row for each orchestra, one column for each check, and the failures with their reasons below. */
export function formatResults(all: ReadonlyMap<string, CheckResults>): string {
  const columns = checkNames.filter((name) => [...all.values()].some((results) => results[name]));
  const rows = [...all].map(([id, results]) => [id, ...columns.map((name) => formatCell(results[name]))]);
  const reasons = [...all].flatMap(([id, results]) => columns.flatMap((name) => formatReason(id, name, results[name])));
  return [formatTable(["orchestra", ...columns], rows), ...(reasons.length > 0 ? ["", ...reasons] : [])].join("\n");
}

/** Returns the results as plain data for machines. */
export function toJson(all: ReadonlyMap<string, CheckResults>) {
  return [...all].map(([id, checks]) => ({ id, ok: isHealthy(checks), checks }));
}

function formatCell(result: CheckResult | undefined): string {
  if (!result) return "";
  const { state, seen } = result;
  if (state === "ok") return pc.green(`✓ ${seen}`);
  if (state === "skipped") return pc.dim(`– ${seen}`);
  return state === "warning" ? pc.yellow(`! ${seen}`) : pc.red(`✗ ${seen}`);
}

function formatReason(id: string, name: CheckName, result: CheckResult | undefined): string[] {
  if (result?.reason === undefined) return [];
  const paint = result.state === "warning" ? pc.yellow : pc.red;
  return [`${paint(`${id}, ${name}:`)} ${result.reason}`];
}
