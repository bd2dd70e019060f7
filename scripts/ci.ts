import { Command } from "commander";

import { applyCommand } from "./ci/apply.ts";
import { driftCommand } from "./ci/drift.ts";
import { previewCommand } from "./ci/preview.ts";
import { type CiContext, readCiContext, writeSummary } from "./ci/ciContext.ts";
import { formatBlock } from "./ci/posts.ts";
import { runStagesub } from "./cli/runStep.ts";

/** Returns `ci` with its commands. */
export default function ciCommand(): Command {
  const context = readCiContext(process.env);
  dropFromEnvironment();
  return new Command("ci")
    .description(
      "The commands of .github/workflows, which also run in any other CI and by hand. GitHub's own variables tell where the reports go: " +
        "docs/ci.md.",
    )
    .addCommand(applyCommand(context))
    .addCommand(driftCommand(context))
    .addCommand(previewCommand(context))
    .addCommand(rulesCommand(context))
    .addHelpText(
      "after",
      `
Environment:
  GITHUB_TOKEN    the token for comments and issues; the commands that this
                  one starts never get it
  GITHUB_API_URL  GitHub's API (default: https://api.github.com)
  STAGESUB_WEBHOOK_URL
                  where \`drift\` and \`apply\` post JSON about drift and
                  failed runs, for Slack and the like`,
    );
}

/** Variables for this process alone. */
const secrets: ReadonlySet<string> = new Set(["GITHUB_TOKEN", "STAGESUB_WEBHOOK_URL"]);

/**
 * Keeps GitHub's token and the webhook from the commands that this process starts. A workflow also sets each secret that the repository lacks to an
 * empty text; an empty variable counts as left out, except the passphrase, which may be empty.
 */
function dropFromEnvironment(): void {
  for (const [name, value] of Object.entries(process.env))
    if (secrets.has(name) || (value === "" && name !== "PULUMI_CONFIG_PASSPHRASE")) delete process.env[name];
}

/** Returns `rules`: the checks of a change that need no secret. */
function rulesCommand(context: CiContext): Command {
  return new Command("rules")
    .description(
      "Checks a change without any secret, as for a pull request from a fork: stack files by their schema; new migrations by their rules, " +
        "by the SQL rules (docs/sql-rules.md) and by a run on a throw-away PostgreSQL. Exit code 0 if all pass, otherwise that of the first " +
        "failed check.",
    )
    .option("--base <ref>", "the branch to compare with (default: the pull request's base branch, or origin/main)")
    .action(({ base }: { base?: string }) => checkRules(base ?? context.base, context));
}

async function checkRules(base: string | undefined, context: CiContext): Promise<void> {
  const files = await runStagesub(["schema", "--check"], { output: "inherit" });
  if (files.code === 130) return void (process.exitCode = 130);
  const args = base === undefined ? [] : ["--base", base];
  const migrations = await runStagesub(["migrations", ...args], { output: "capture", env: { NO_COLOR: "1" } });
  process.exitCode = files.code || migrations.code;
  if (migrations.code === 130) return;
  const report = migrations.stdout.trim() || "./stagesub migrations gave no report: the log of the run has the reason.";
  const summary = [
    "There is no plan: like every run for a fork, this run has no secrets. The checks that need none:",
    files.code === 0
      ? "**The stack files fit their schema.** (`./stagesub schema --check`)"
      : "**The stack files do not fit their schema**; the log of the run has the reasons. (`./stagesub schema --check`)",
    `**The new migrations ${migrations.code === 0 ? "keep" : "do not keep"} the rules.** (\`./stagesub migrations\`, docs/sql-rules.md)`,
    formatBlock(report),
  ];
  await writeSummary(context, summary.join("\n\n"));
}
