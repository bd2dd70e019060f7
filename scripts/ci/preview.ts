import { Command, InvalidArgumentError } from "commander";

import { stackOption } from "../cli/stackOption.ts";
import { connectGitHub } from "./connectGitHub.ts";
import { goodPlanCodes, runPlan } from "./runPlan.ts";
import { parseThread, type CiContext, type Thread } from "./ciContext.ts";
import { upsertComment } from "./upsertComment.ts";
import { writeSummary } from "./writeSummary.ts";

interface Options {
  stack: string;
  base?: string;
  comment?: Thread;
}

/** Returns `preview`: shows reviewers the effects of a change. */
export function previewCommand(context: CiContext): Command {
  return new Command("preview")
    .description(
      "Runs `npm run plan` and puts its report into the job's summary and into the one comment of the pull request that is this " +
        "stack's; the next run replaces its text. Outside GitHub it prints the report. Exit code 0 for a plan with or without changes; " +
        "otherwise the plan's: 5 refused by policy or SQL rules, 2 configuration, 130 interrupted, 1 anything else.",
    )
    .addOption(stackOption())
    .option(
      "--base <ref>",
      "the branch whose migrations are there already (default: the one that the pull request goes into)",
    )
    .option("--comment <owner/repo#number>", "the pull request (default: the one that the run is for)", readThread)
    .action((options: Options) => preview(options, context));
}

async function preview({ stack, base, comment }: Options, context: CiContext): Promise<void> {
  const thread = comment ?? context.pullRequest;
  // Without a token the plan, which takes a while, would be for nothing.
  const github = thread && connectGitHub(context);
  const { code, report } = await runPlan(stack, base ?? context.base, context);
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
