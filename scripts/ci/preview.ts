import { InvalidArgumentError } from "commander";

import { StackCommand } from "../cli/stackCommand.ts";
import { type CiContext, parseThread, type Thread, writeSummary } from "./ciContext.ts";
import { connectGitHub } from "./connectGitHub.ts";
import { goodPlanCodes, runPlan } from "./runPlan.ts";
import { runStagesub } from "../cli/runStep.ts";
import { upsertComment } from "./upsertComment.ts";

interface Options {
  stack: string;
  base?: string;
  comment?: Thread;
}

/** Returns `preview`: shows reviewers the effects of a change. */
export function previewCommand(context: CiContext, run = runStagesub): StackCommand {
  return new StackCommand("preview")
    .description(
      "Runs `./stagesub plan` and writes its report into the job's summary and into the stack's one comment on the pull request, which the " +
        "next run rewrites. Outside GitHub the report goes to standard output. Exit code 0 for a plan with or without changes, otherwise " +
        "the plan's: 5 refused by policy or SQL rules, 2 configuration, 130 interrupted, 1 any other failure.",
    )
    .option("--base <ref>", "the branch that the change is for (default: the pull request's base branch)")
    .option(
      "--comment <owner/repo#number>",
      "the pull request to comment on (default: the one of this run)",
      readThread,
    )
    .action((options: Options) => preview(options, context, run));
}

async function preview({ stack, base, comment }: Options, context: CiContext, run: typeof runStagesub): Promise<void> {
  const thread = comment ?? context.pullRequest;
  // Fails early without a token: the plan takes a while.
  const github = thread && connectGitHub(context);
  const { code, report } = await runPlan(stack, base ?? context.base, context, run);
  process.exitCode = goodPlanCodes.includes(code) ? 0 : code;
  if (code === 130) return;
  await writeSummary(context, report);
  if (github && thread) console.error(`The plan of ${stack}: ${await upsertComment(github, thread, report)}`);
}

function readThread(text: string): Thread {
  const thread = parseThread(text);
  if (thread === undefined) throw new InvalidArgumentError("Expected a pull request as owner/repo#12.");
  return thread;
}
