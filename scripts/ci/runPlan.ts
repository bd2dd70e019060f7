import { firstLine } from "./markedText.ts";
import { runStagesub, type StepRun } from "./runStep.ts";
import type { CiContext } from "./ciContext.ts";

export interface PlanRun {
  /** See `npm run plan -- --help`. */
  code: number;
  /** Markdown; its first line is the stack's hidden marker. */
  report: string;
}

/** Exit codes of `npm run plan` with which a change may go on: nothing to do, and changes. */
export const goodPlanCodes: readonly number[] = [0, 7];

/**
 * Runs `npm run plan`, whose report is taken as it is. The main database's backup is no condition for a look: `apply` makes one.
 *
 * @param base the branch whose migrations are there already; undefined reviews none
 */
export async function runPlan(stack: string, base: string | undefined, context: CiContext): Promise<PlanRun> {
  const args = ["--stack", stack, "--markdown", ...(base === undefined ? [] : ["--base", base])];
  const run = await runStagesub(["plan", ...args], {
    output: "capture",
    env: { STAGESUB_BACKUP_CHECK: process.env["STAGESUB_BACKUP_CHECK"] ?? "skip" },
  });
  return readPlan(stack, run, context);
}

/** Returns the plan's report with its footer, or one that says that there is none. */
export function readPlan(stack: string, { code, stdout }: StepRun, context: CiContext): PlanRun {
  const marker = `<!-- stagesub-plan stack=${stack} -->`;
  const isWhole = firstLine(stdout) === marker;
  // Without a new report, an old comment would be taken for this run's.
  const report = isWhole ? stdout.trimEnd() : `${marker}\n\n${explainNoReport(stack, code)}`;
  return {
    code: isWhole || !goodPlanCodes.includes(code) ? code : 1,
    report: `${report}\n\n${footer(context)}`.trimEnd(),
  };
}

function explainNoReport(stack: string, code: number): string {
  return (
    `**There is no plan for ${stack}**: \`npm run plan -- --stack ${stack}\` ended with exit code ${code} and without a report. ` +
    "What it said stands in the log of the run."
  );
}

/** Names the commit that the text is about, and the run that it comes from. */
function footer({ commit, runUrl }: CiContext): string {
  const parts = [...(commit ? [`commit ${commit.slice(0, 10)}`] : []), ...(runUrl ? [`[this run](${runUrl})`] : [])];
  return parts.length === 0 ? "" : `<sub>From ${parts.join(", ")}.</sub>`;
}
