import { pc } from "../../cli/colours.ts";
import { formatTable } from "../../cli/formatTable.ts";

/** The checks, in the order of the table's columns. */
export const checkNames = [
  "DNS",
  "TLS",
  "page",
  "sign-in",
  "templates",
  "settings",
  "ledger",
  "rights",
  "project",
  "record",
  "status",
] as const;
export type CheckName = (typeof checkNames)[number];

export interface CheckResult {
  /** `skipped`: another check that has to pass first did not. */
  state: "ok" | "warning" | "failed" | "skipped";
  /** A few words for the table; never a secret. */
  seen: string;
  /** For `warning` and `failed`: what was expected, what was found and what to do. */
  reason?: string;
}

/** The results of one orchestra; `TLS` only where it opens by https. */
export type CheckResults = Partial<Record<CheckName, CheckResult>>;

export function passed(seen: string): CheckResult {
  return { state: "ok", seen };
}

export function warned(seen: string, reason: string): CheckResult {
  return { state: "warning", seen, reason };
}

export function failed(seen: string, reason: string): CheckResult {
  return { state: "failed", seen, reason };
}

export function skipped(because: CheckName): CheckResult {
  return { state: "skipped", seen: `see ${because}` };
}

/** Whether no check failed or had to be skipped. */
export function isHealthy(results: CheckResults): boolean {
  return Object.values(results).every(({ state }) => state !== "failed" && state !== "skipped");
}

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
