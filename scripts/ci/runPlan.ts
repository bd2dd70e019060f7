import type { CiContext } from "./ciContext.ts";
import { firstLine } from "./posts.ts";
import { runStagesub, type StepRun } from "../cli/runStep.ts";

export interface PlanRun {
  /** As `./stagesub plan`. */
  code: number;
  /** Markdown; its first line is the stack's hidden marker. */
  report: string;
}

/** Exit codes of `./stagesub plan` for a plan that can be applied: no changes, and changes. */
export const goodPlanCodes: readonly number[] = [0, 7];

/**
 * Runs `./stagesub plan`. It does not require a fresh backup of the main database, which `apply` makes.
 *
 * @param base the branch that the change is for; undefined reviews no migrations
 */
export async function runPlan(
  stack: string,
  base: string | undefined,
  context: CiContext,
  run = runStagesub,
): Promise<PlanRun> {
  const args = ["--stack", stack, "--markdown", ...(base === undefined ? [] : ["--base", base])];
  const env = { STAGESUB_BACKUP_CHECK: process.env["STAGESUB_BACKUP_CHECK"] ?? "skip" };
  return readPlan(stack, await run(["plan", ...args], { output: "capture", env }), context);
}

/** Returns the plan's report with its footer, or a report that the plan has none: an old comment would pass for this run's. */
export function readPlan(stack: string, { code, stdout }: StepRun, { commit, runUrl }: CiContext): PlanRun {
  const marker = `<!-- stagesub-plan stack=${stack} -->`;
  const isWhole = firstLine(stdout) === marker;
  const missing =
    `**There is no plan for ${stack}**: \`./stagesub plan --stack ${stack}\` ended with exit code ${code} and without a report. ` +
    "The log of the run has the reason.";
  const from = [...(commit ? [`commit ${commit.slice(0, 10)}`] : []), ...(runUrl ? [`[this run](${runUrl})`] : [])];
  const footer = from.length === 0 ? "" : `<sub>From ${from.join(", ")}.</sub>`;
  return {
    code: isWhole || !goodPlanCodes.includes(code) ? code : 1,
    report: `${isWhole ? stdout.trimEnd() : `${marker}\n\n${missing}`}\n\n${footer}`.trimEnd(),
  };
}
