import { pc } from "../../cli/colours.ts";

import { formatTable } from "../../cli/formatTable.ts";
import { type CheckName, checkNames, type CheckResult, type CheckResults, isHealthy } from "./checkResult.ts";

/**
 * Formats one row for each orchestra, one column for each check, and the failures with their reasons below. A narrow terminal gets the
 * names of the checks by their results.
 */
export function formatResults(all: ReadonlyMap<string, CheckResults>, width = Infinity): string {
  const columns = checkNames.filter((name) => [...all.values()].some((results) => results[name]));
  const rows = [...all].map(([id, results]) => [id, ...columns.map((name) => formatCell(results[name]))]);
  const reasons = [...all].flatMap(([id, results]) => columns.flatMap((name) => formatReason(id, name, results[name])));
  const otherwise = () => [...all].map(([id, results]) => `${id}: ${sumUp(results)}`).join("\n");
  const table = formatTable(["orchestra", ...columns], rows, { width, otherwise });
  return [table, ...(reasons.length > 0 ? ["", ...reasons] : [])].join("\n");
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

/** "✓ 9, ✗ project, – record" */
function sumUp(results: CheckResults): string {
  const inState = (...states: CheckResult["state"][]) =>
    checkNames.filter((name) => results[name] && states.includes(results[name].state));
  const passed = inState("ok").length;
  return [
    ...(passed > 0 ? [pc.green(`✓ ${passed}`)] : []),
    ...inState("failed").map((name) => pc.red(`✗ ${name}`)),
    ...inState("warning").map((name) => pc.yellow(`! ${name}`)),
    ...inState("skipped").map((name) => pc.dim(`– ${name}`)),
  ].join(", ");
}

function formatReason(id: string, name: CheckName, result: CheckResult | undefined): string[] {
  if (result?.reason === undefined) return [];
  const paint = result.state === "warning" ? pc.yellow : pc.red;
  return [`${paint(`${id}, ${name}:`)} ${result.reason}`];
}
