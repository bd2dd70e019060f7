import { Command } from "commander";

import { runOurs } from "./runStep.ts";
import type { Surroundings } from "./surroundings.ts";
import { writeSummary } from "./writeSummary.ts";

/** `rules`: what can be said of a change without a secret. */
export function rulesCommand(surroundings: Surroundings): Command {
  return new Command("rules")
    .description(
      "Checks a change without any secret, as for a pull request from a fork: the stack files, and new migrations by their rules, with " +
        "every one run on a PostgreSQL of its own. Exit code 0 if all hold, otherwise that of the first that does not.",
    )
    .option(
      "--base <ref>",
      "the branch whose migrations are there already (default: the one that the pull request goes into)",
    )
    .action(({ base }: { base?: string }) => checkRules(base ?? surroundings.base, surroundings));
}

async function checkRules(base: string | undefined, surroundings: Surroundings): Promise<void> {
  const checks: [what: string, script: string, args: string[]][] = [
    ["The stack files fit their schema", "schema", ["--check"]],
    ["New migrations keep the rules", "migrations", base === undefined ? [] : ["--base", base]],
  ];
  const rows: string[] = [];
  for (const [what, script, args] of checks) {
    const { code } = await runOurs(script, args, { output: "inherit" });
    process.exitCode ||= code;
    if (code === 130) return;
    rows.push(
      `| ${what} | ${code === 0 ? "yes" : `**no** (exit code ${code})`} | \`npm run ${[script, "--", ...args].join(" ")}\` |`,
    );
  }
  await writeSummary(
    surroundings,
    [
      "No secret is at hand here, so there is no plan. What can be said without one:",
      "",
      "| rule | holds | command |",
      "| --- | --- | --- |",
      ...rows,
    ].join("\n"),
  );
}
