import { Command, Option } from "commander";
import pc from "picocolors";

import { findDangers } from "../infra/database/migrations/rules/findDangers.ts";
import { readMigrations } from "../infra/database/migrations/readMigrations.ts";
import { sources } from "../infra/database/sources.ts";
import { checkout, readStackText, stackEnvironment } from "./stack/openStack.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { runCommand } from "./cli/runCommand.ts";
import { jsonOption, stackOption } from "./cli/stackOption.ts";
import { addReview, tryReview } from "./preview/addReview.ts";
import { addRows } from "./preview/addRows.ts";
import { explainFailure } from "./preview/explainFailure.ts";
import { readBefore } from "./preview/readBefore.ts";
import { readChanges } from "./preview/readChanges.ts";
import { readPendingFiles } from "./preview/readMigrationChanges.ts";
import { renderMarkdown } from "./preview/renderMarkdown.ts";
import { renderText } from "./preview/renderText.ts";
import { runPreview } from "./preview/runPreview.ts";
import { showProgress } from "./preview/showProgress.ts";
import type { StackChanges } from "./preview/stackChanges.ts";
import { planStackText } from "./stack/stackFile.ts";

interface Options {
  stack: string;
  base?: string;
  markdown?: true;
  json?: true;
}

const program = new Command("npm run plan --")
  .description(
    "What `pulumi up` would do, told in the terms of the business: a real preview, which changes nothing. Exit code 0 where nothing would " +
      "change, 7 where something would; 2 for a stack file or command line that is wrong, 5 where a policy or a rule for SQL refuses it, 1 for anything else, 130 when interrupted.",
  )
  .addOption(stackOption())
  .addOption(
    new Option(
      "--markdown",
      "as Markdown on standard output, for a pull request's comment; nothing else there",
    ).conflicts("json"),
  )
  .addOption(jsonOption())
  .option(
    "--base <ref>",
    "the branch or commit that the change is for: the stack file of before is read there (default: the last commit), and migrations that are new beside it are tried on a PostgreSQL of its own",
  )
  .action(async (options: Options) => {
    const { stack, base, json, markdown } = options;
    const signal = awaitInterruption();
    const changes = await plan(stack, base, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return explainFailure(stack, error);
    });
    process.stdout.write(
      json
        ? `${JSON.stringify(changes, null, 2)}\n`
        : markdown
          ? renderMarkdown(changes)
          : `${renderText(changes, pc)}\n`,
    );
    process.exitCode = changes.exitCode;
  });
await runCommand(() => program);

async function plan(stack: string, base: string | undefined, signal: AbortSignal): Promise<StackChanges> {
  // Reports mistakes in the stack file before anything slow starts.
  const after = planStackText(stack, readStackText(stack));
  const progress = showProgress(stack);
  const [run, before, review] = await Promise.all([
    stackEnvironment(stack, signal).then((env) =>
      runPreview({ stack, cwd: checkout, env, signal, onProgress: progress.update }),
    ),
    readBefore(stack, base ?? "HEAD"),
    base === undefined ? undefined : tryReview(base, signal),
  ]).finally(progress.end);
  signal.throwIfAborted();
  const migrations = readMigrations(sources.orchestraMigrations);
  const registryMigrations = readMigrations(sources.registryMigrations);
  const { steps } = run.digest;
  const [pending, inMain] = [readPendingFiles(steps, "OrchestraDatabase"), readPendingFiles(steps, "RegistryDatabase")];
  const dangers = {
    orchestra: await findDangers(migrations, (file) => pending.includes(file)),
    registry: await findDangers(registryMigrations, (file) => inMain.includes(file)),
  };
  const facts = { stack, ...run, plan: after, ...(before && { before }), migrations, registryMigrations, dangers };
  const changes = await addRows(readChanges(facts));
  return review === undefined ? changes : addReview(changes, review);
}
