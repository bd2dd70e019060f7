import { Command } from "commander";
import pc from "picocolors";

import type { Compared } from "../fleet/difference.ts";
import { formatDrift } from "../fleet/formatDifferences.ts";
import { stackOption } from "../cli/stackOption.ts";
import { connectGitHub } from "./connectGitHub.ts";
import { formatDriftIssue, markDifferences } from "./driftIssue.ts";
import { ensureIssue } from "./ensureIssue.ts";
import { runStagesub, type StepRun } from "./runStep.ts";
import type { CiContext } from "./ciContext.ts";
import { writeSummary } from "./writeSummary.ts";

/** Returns `drift`: reports the differences from the declaration in one issue. */
export function driftCommand(context: CiContext): Command {
  return new Command("drift")
    .description(
      "Runs `npm run drift` and keeps one issue of the repository for the stack: opened where something differs, its text replaced by " +
        "each run, closed once nothing does. Also into the job's summary; outside GitHub it prints the text. " +
        "Exit code that of `npm run drift`: 0 nothing differs, 7 something does, 1 not all could be looked at.",
    )
    .addOption(stackOption())
    .action(({ stack }: { stack: string }) => drift(stack, context));
}

async function drift(stack: string, context: CiContext): Promise<void> {
  // Without a token the look, which takes a while, would be for nothing.
  if (context.repository) connectGitHub(context);
  const run = await runStagesub(["drift", "--stack", stack, "--json"], { output: "capture" });
  process.exitCode = run.code;
  if (run.code !== 130) await reportDrift(stack, run, context);
}

/**
 * Says what a run of `npm run drift -- --json` has found, in the summary and, on GitHub, in the stack's issue.
 *
 * @param run its exit code and standard output, which is empty if the run failed before its look
 */
export async function reportDrift(stack: string, { code, stdout }: StepRun, context: CiContext): Promise<void> {
  const checked = stdout.trim() === "" ? undefined : readChecked(stdout);
  const says = checked ? formatDrift(checked, stack, pc.createColors(false)) : explainNoAnswer(code);
  const text = formatDriftIssue(stack, says, context);
  await writeSummary(context, text);
  if (!context.repository) return;
  const marker = `<!-- stagesub-drift stack=${stack} -->`;
  const url = await ensureIssue(connectGitHub(context), context.repository, {
    marker,
    title: `Drift: ${stack}`,
    label: "drift",
    body: code === 0 ? undefined : `${marker}\n${markDifferences(checked ?? [])}\n${text}`,
  });
  if (url !== undefined) console.error(`The drift of ${stack}: ${url}`);
}

function readChecked(stdout: string): Compared[] {
  return (JSON.parse(stdout) as { checked: Compared[] }).checked;
}

function explainNoAnswer(code: number): string {
  return `? npm run drift ended with exit code ${code} before it had looked. What it said stands in the log of the run.`;
}
