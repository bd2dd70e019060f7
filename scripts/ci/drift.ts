import { noColours } from "../cli/colours.ts";
import { StackCommand } from "../cli/stackCommand.ts";
import { type Compared, formatDrift } from "../fleet/difference.ts";
import { type CiContext, writeSummary } from "./ciContext.ts";
import { connectGitHub } from "./connectGitHub.ts";
import { ensureDriftIssue, formatDriftIssue, markDifferences } from "./driftIssue.ts";
import { postWebhook } from "./postWebhook.ts";
import { runStagesub, type StepRun } from "../cli/runStep.ts";

/** Returns `drift`: reports differences from the declaration in one issue. */
export function driftCommand(context: CiContext): StackCommand {
  return new StackCommand("drift")
    .description(
      "Runs `./stagesub drift` and reports differences in the job's summary and in one issue of the repository: opened at the first " +
        "difference, rewritten by each run, closed once nothing differs. Outside GitHub the report goes to standard output. " +
        "Exit codes as `./stagesub drift`: 0 no difference, 7 differences, 1 something could not be checked.",
    )
    .action(async ({ stack }: { stack: string }) => {
      // Fails early without a token: the comparison takes a while.
      if (context.repository) connectGitHub(context);
      const run = await runStagesub(["drift", "--stack", stack, "--json"], { output: "capture" });
      process.exitCode = run.code;
      if (run.code === 130) return;
      await reportDrift(stack, run, context);
      if (run.code === 0) return;
      const outcome = run.code === 7 ? "drift" : "failed";
      const text = outcome === "drift" ? "something differs from what is declared." : "the drift check failed.";
      await postWebhook(context, { stack, command: "drift", outcome, text });
    });
}

/**
 * Reports a run of `./stagesub drift --json` in the summary and, on GitHub, in the stack's issue.
 *
 * @param run its standard output is empty if it failed before the comparison
 */
export async function reportDrift(stack: string, { code, stdout }: StepRun, context: CiContext): Promise<void> {
  const checked = stdout.trim() === "" ? undefined : (JSON.parse(stdout) as { checked: Compared[] }).checked;
  const output = checked
    ? formatDrift(checked, stack, noColours)
    : `? ./stagesub drift ended with exit code ${code} before it compared anything. The log of the run has the reason.`;
  const text = formatDriftIssue(stack, output, context);
  await writeSummary(context, text);
  if (!context.repository) return;
  const body = code === 0 ? undefined : `${markDifferences(checked ?? [])}\n${text}`;
  const url = await ensureDriftIssue(connectGitHub(context), context.repository, stack, body);
  if (url !== undefined) console.error(`The drift of ${stack}: ${url}`);
}
