import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { checkout } from "../../infra/util/checkout.ts";
import type { OpenStack } from "./openStack.ts";

/** A run of Pulumi that may have changed the stack. */
export interface StackRun {
  /** update, refresh, destroy, … */
  kind: string;
  /** succeeded, failed or in-progress */
  result: string;
  /** ISO 8601. */
  startTime: string;
}

/** Reads the last run of a stack; null before the first. */
export async function readLastRun({ name, env }: OpenStack): Promise<StackRun | null> {
  const args = ["stack", "history", "--json", "--page-size", "1", "--stack", name];
  const [last] = JSON.parse((await readPulumi(args, { cwd: checkout, env })) || "[]") as StackRun[];
  return last ? { kind: last.kind, result: last.result, startTime: last.startTime } : null;
}

/** "Last run: update, succeeded, 2026-11-29 10:46 UTC." */
export function formatRun(run: StackRun | null): string {
  if (run === null) return "No run yet.";
  return `Last run: ${run.kind}, ${run.result}, ${run.startTime.slice(0, 16).replace("T", " ")} UTC.`;
}
