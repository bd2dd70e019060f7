import path from "node:path";

import { Option } from "commander";

import { nameStackFile } from "../infra/config/parseSource.ts";
import { findDangers } from "../infra/database/migrations/rules/findDangers.ts";
import { readMigrations } from "../infra/database/migrations/readMigrations.ts";
import { sources } from "../infra/database/sources.ts";
import type { Plan } from "../infra/plan/planStack.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { reportError } from "./cli/reportError.ts";
import { StackCommand, type StackOptions } from "./cli/stackCommand.ts";
import { runGit } from "./migrations/base/readBase.ts";
import { addReview, tryReview } from "./preview/addReview.ts";
import { addRows } from "./preview/addRows.ts";
import { renderMarkdown } from "./preview/format/renderMarkdown.ts";
import { renderText } from "./preview/format/renderText.ts";
import type { Step } from "./preview/read/previewDigest.ts";
import { readChanges } from "./preview/read/readChanges.ts";
import { type DatabaseKind, type JudgedFolder, readPendingFiles } from "./preview/read/readMigrationChanges.ts";
import type { StackChanges } from "./preview/read/stackChanges.ts";
import { runPreview } from "./preview/runPreview.ts";
import { withProgress } from "./cli/withProgress.ts";
import { UserError } from "../infra/errors.ts";
import { checkout } from "../infra/util/checkout.ts";
import { readStackText, stackEnvironment } from "./stack/openStack.ts";
import { dropPlan, keepPlan, readOrigin, withPlanFile } from "./stack/savedPlan.ts";
import { planStackText } from "./stack/stackFile.ts";

interface Options extends StackOptions {
  base?: string;
  save?: string;
  markdown?: true;
}

/** Returns `plan`. */
export default function planCommand(): StackCommand {
  return new StackCommand("plan")
    .description(
      "Runs a real preview, which changes nothing, and shows in terms of orchestras and databases how `pulumi up` would change them. " +
        "Exit codes: 0 for no change, 7 for changes; 2 for a wrong stack file or command line, 5 for a refusal by a policy or a rule for SQL, " +
        "1 for any other failure, 130 when interrupted.",
    )
    .addOption(
      new Option(
        "--markdown",
        "print Markdown for a pull request's comment, and nothing else, on standard output",
      ).conflicts("json"),
    )
    .withJson()
    .option(
      "--base <ref>",
      "the branch or commit that the change is for: the previous stack file is read from it (default: the last commit), and migrations that it lacks are run on a throw-away PostgreSQL",
    )
    .option("--save <file>", "keep the plan, unless it is refused, for `./stagesub up --plan <file>`")
    .action(async ({ stack, base, json, markdown, save }: Options) => {
      const signal = awaitInterruption();
      const planning = save ? planAndSave(stack, base, path.resolve(save), signal) : plan(stack, base, signal);
      const changes = await planning.catch((error: unknown) => {
        signal.throwIfAborted();
        return explainFailure(stack, error);
      });
      const text = json ? `${JSON.stringify(changes, null, 2)}\n` : `${renderText(changes)}\n`;
      process.stdout.write(markdown ? renderMarkdown(changes) : text);
      if (save && isApplicable(changes))
        console.error(`To apply exactly this: ./stagesub up -s ${stack} --plan ${save}`);
      process.exitCode = changes.exitCode;
    });
}

/** Plans, and keeps Pulumi's plan in `file` if it can be applied. */
async function planAndSave(
  stack: string,
  base: string | undefined,
  file: string,
  signal: AbortSignal,
): Promise<StackChanges> {
  await dropPlan(file);
  const origin = await readOrigin(stack, await stackEnvironment(stack, signal));
  return withPlanFile(async (planFile) => {
    const changes = await plan(stack, base, signal, planFile);
    if (isApplicable(changes)) await keepPlan(planFile, file, origin);
    return changes;
  });
}

function isApplicable({ exitCode }: StackChanges): boolean {
  return exitCode === 0 || exitCode === 7;
}

async function plan(
  stack: string,
  base: string | undefined,
  signal: AbortSignal,
  planFile?: string,
): Promise<StackChanges> {
  // Mistakes in the stack file are reported before anything slow starts.
  const after = planStackText(stack, readStackText(stack));
  return withProgress(`Previewing ${stack}`, "the Pulumi CLI is looked for", async (waitFor) => {
    const [run, before, review] = await Promise.all([
      stackEnvironment(stack, signal)
        .then((env) => runPreview(stack, env, { planFile, signal, waitFor }))
        .finally(() => base !== undefined && waitFor("new migrations run on a PostgreSQL of their own")),
      planBefore(stack, base ?? "HEAD"),
      base === undefined ? undefined : tryReview(base, signal),
    ]);
    signal.throwIfAborted();
    waitFor("pending migrations are judged, and the rows that they meet counted");
    const { steps } = run.digest;
    const changes = readChanges({
      ...{ stack, ...run, plan: after, ...(before && { before }) },
      orchestraFolder: await judgeFolder(sources.orchestraMigrations, steps, "OrchestraDatabase"),
      registryFolder: await judgeFolder(sources.registryMigrations, steps, "RegistryDatabase"),
    });
    const counted = await addRows(changes);
    return review === undefined ? counted : addReview(counted, review);
  });
}

/** Plans the stack file of a commit; undefined if there is none, or none that today's program can read. */
async function planBefore(stack: string, ref: string): Promise<Plan | undefined> {
  try {
    return planStackText(stack, String(await runGit(checkout, ["show", `${ref}:./${nameStackFile(stack)}`])));
  } catch {
    return undefined;
  }
}

async function judgeFolder(directory: string, steps: readonly Step[], kind: DatabaseKind): Promise<JudgedFolder> {
  const files = readMigrations(directory);
  const pending = readPendingFiles(steps, kind);
  return { files, dangers: await findDangers(files, (file) => pending.includes(file)) };
}

/** Returns the report of a plan that failed before its preview. */
function explainFailure(stack: string, error: unknown): StackChanges {
  const isExpected = error instanceof UserError;
  // The log gets the stack trace; a pull request does not.
  if (!isExpected) reportError(error);
  const refusal = isExpected
    ? { text: error.message, alsoFor: [], code: error.code }
    : { text: `A bug of this command, which its log shows in full: ${(error as Error).message}`, alsoFor: [] };
  return {
    stack,
    verdict: "failed",
    exitCode: isExpected && error.exitCode === 2 ? 2 : 1,
    refusals: [refusal],
    warnings: [],
    notes: [],
    violations: [],
    orchestras: [],
    declared: 0,
    migrations: [],
    mainDatabase: { made: false, migrations: [] },
    dns: [],
    rotations: [],
    texts: [],
    repairs: [],
    other: [],
    counts: {},
  };
}
