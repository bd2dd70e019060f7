import Table from "cli-table3";
import pc from "picocolors";

import { type CheckName, checkNames, type Finding, type Findings, isWell } from "./finding.ts";

/** Formats one row for each orchestra, one column for each check, and the failures with their reasons below. */
export function formatFindings(found: ReadonlyMap<string, Findings>): string {
  const columns = checkNames.filter((name) => [...found.values()].some((findings) => findings[name]));
  const table = new Table({ head: ["orchestra", ...columns], style: { head: [], border: [] }, chars: noLines });
  for (const [id, findings] of found) table.push([id, ...columns.map((name) => formatCell(findings[name]))]);
  const reasons = [...found].flatMap(([id, findings]) =>
    columns.flatMap((name) => formatReason(id, name, findings[name])),
  );
  return [table.toString(), ...(reasons.length > 0 ? ["", ...reasons] : [])].join("\n");
}

/** No lines between rows: there may be two hundred. */
const noLines = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/** Returns the findings as plain data for machines. */
export function toJson(found: ReadonlyMap<string, Findings>) {
  return [...found].map(([id, checks]) => ({ id, ok: isWell(checks), checks }));
}

function formatCell(finding: Finding | undefined): string {
  if (!finding) return "";
  const { state, seen } = finding;
  if (state === "ok") return pc.green(`✓ ${seen}`);
  if (state === "skipped") return pc.dim(`– ${seen}`);
  return state === "warning" ? pc.yellow(`! ${seen}`) : pc.red(`✗ ${seen}`);
}

function formatReason(id: string, name: CheckName, finding: Finding | undefined): string[] {
  if (finding?.reason === undefined) return [];
  const paint = finding.state === "warning" ? pc.yellow : pc.red;
  return [`${paint(`${id}, ${name}:`)} ${finding.reason}`];
}
