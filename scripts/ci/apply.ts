import path from "node:path";

import { findStaleBackup } from "../../infra/database/backup/backupLog.ts";
import { UserError } from "../../infra/errors.ts";
import { StackCommand } from "../cli/stackCommand.ts";
import { openStack } from "../stack/openStack.ts";
import { runUp } from "../stack/runUp.ts";
import { requireCurrentPlan } from "../stack/savedPlan.ts";
import { type CiContext, writeSummary } from "./ciContext.ts";
import { postWebhook } from "./postWebhook.ts";
import { goodPlanCodes, runPlan } from "./preview.ts";
import { runStagesub, runStep } from "../cli/runStep.ts";

/** Returns `apply`: plan, backup, `pulumi up`, verify. */
export function applyCommand(context: CiContext): StackCommand {
  return new StackCommand("apply")
    .description(
      "Applies a stack's declaration without a question: writes the plan into the job's summary, backs up the main database if anything " +
        "changes, then runs `pulumi up` and `stagesub verify`. Stops at the first failed step, with its exit code.",
    )
    .option("--plan <file>", "apply exactly this plan, which `./stagesub plan --save` wrote")
    .addHelpText(
      "after",
      `
Environment:
  STAGESUB_KEEP_BACKUP  a shell command that stores the backup "$1" elsewhere:
                        aws s3 cp "$1" s3://stagesub-backups/production/
                        Required where CI is set: a job's disk is deleted.`,
    )
    .action(({ stack, plan }: { stack: string; plan?: string }) => apply(stack, plan && path.resolve(plan), context));
}

/** A backup of this age is this run's own. */
const fresh = "1m";

/** A failed step, which has printed the reason itself. */
class StepFailed extends Error {
  constructor(
    step: string,
    readonly code: number,
  ) {
    super(`${step} ended with exit code ${code}.`);
  }
}

async function apply(stack: string, plan: string | undefined, context: CiContext): Promise<void> {
  const keep = readKeep();
  if (plan !== undefined) await requireCurrentPlan(plan, stack);
  const { code, report } = await runPlan(stack, undefined, context);
  await writeSummary(context, report);
  try {
    if (!goodPlanCodes.includes(code)) throw new StepFailed("The plan", code);
    if (code === 7) await backUp(stack, keep);
    await must("pulumi up", runUp(stack, plan));
    await must("verify", runStagesub(["verify", "--stack", stack], { output: "inherit" }));
    await writeSummary(context, `**${stack}** is applied and verified.`);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    await writeSummary(context, `**${stack}: stopped.** ${error.message} The log of the run has the reason.`);
    console.error(`${stack}: ${error.message} The steps after it were skipped.`);
    process.exitCode = error.code;
    if (error.code === 130) return;
    await postWebhook(context, { stack, command: "apply", outcome: "failed", text: error.message });
  }
}

function readKeep(): string | undefined {
  const { STAGESUB_KEEP_BACKUP: keep, CI: isJob } = process.env;
  if (keep === undefined && isJob !== undefined)
    throw new UserError(
      "ci-environment",
      "Expected in STAGESUB_KEEP_BACKUP a shell command that stores the main database's backup, found none. The disk of a CI job is " +
        'deleted, and the backup with it. For instance: aws s3 cp "$1" s3://stagesub-backups/production/',
    );
  return keep;
}

/** Backs up the main database, except before the first `up`: that database is then empty or not this stack's. */
async function backUp(stack: string, keep: string | undefined): Promise<void> {
  const { registry } = await openStack(stack);
  if ((await findStaleBackup(registry, fresh)) === undefined) return;
  const args = ["backup", "registry", "--json", "--stack", stack];
  const { stdout } = await must("backup registry", runStagesub(args, { output: "capture" }));
  const { backups } = JSON.parse(stdout) as { backups: { file: string }[] };
  if (keep === undefined) return;
  for (const { file } of backups)
    await must("STAGESUB_KEEP_BACKUP", runStep("sh", ["-c", keep, "keep-backup", file], { output: "inherit" }));
}

async function must<T extends { code: number }>(step: string, running: Promise<T>): Promise<T> {
  console.error(`── ${step}`);
  const run = await running;
  if (run.code !== 0) throw new StepFailed(`\`${step}\``, run.code);
  return run;
}
