import { Command } from "commander";

import { checkMigrations } from "./checkMigrations.ts";
import { formatBlock } from "./formatBlock.ts";
import { runStagesub } from "./runStep.ts";
import type { CiContext } from "./ciContext.ts";
import { writeSummary } from "./writeSummary.ts";

/** Returns `rules`: the checks of a change that need no secret. */
export function rulesCommand(context: CiContext): Command {
  return new Command("rules")
    .description(
      "Checks a change without any secret, as for a pull request from a fork: the stack files against their schema, new migrations by their " +
        "rules, with every one run on a PostgreSQL of its own, and their statements by the SQL rules (docs/sql-rules.md). " +
        "Exit code 0 if all hold, otherwise that of the first that does not.",
    )
    .option(
      "--base <ref>",
      "the branch whose migrations are there already (default: the one that the pull request goes into, or origin/main)",
    )
    .action(({ base }: { base?: string }) => checkRules(base ?? context.base, context));
}

async function checkRules(base: string | undefined, context: CiContext): Promise<void> {
  const files = await runStagesub(["schema", "--check"], { output: "inherit" });
  if (files.code === 130) return void (process.exitCode = 130);
  const migrations = await checkMigrations(base);
  process.exitCode = files.code || migrations.code;
  if (migrations.code === 130) return;
  await writeSummary(
    context,
    [
      "There is no plan: this run has no secrets, as every one for a fork. What can be said without them:",
      "",
      files.code === 0
        ? "**The stack files fit their schema.** (`npm run schema -- --check`)"
        : "**The stack files do not fit their schema**: why stands in the log of the run. (`npm run schema -- --check`)",
      "",
      `**The new migrations ${migrations.code === 0 ? "keep" : "do not keep"} the rules.** (\`npm run migrations\`, docs/sql-rules.md)`,
      "",
      formatBlock(migrations.says),
    ].join("\n"),
  );
}
