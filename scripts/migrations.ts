import { constants } from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";

import { UserError } from "../infra/errors.ts";

import { formatReview } from "./migrationReview/formatReview.ts";
import { formatFindings, judgeFiles } from "./migrationReview/judgeFiles.ts";
import { isRefused } from "./migrationReview/migrationReview.ts";
import { writeSchemaFiles } from "./migrationReview/makeSchema.ts";
import { reviewMigrations } from "./migrationReview/reviewMigrations.ts";
import { checkout } from "./openStack.ts";
import { jsonOption } from "./orchestra/stackOption.ts";

interface Options {
  base?: string;
  rows: number;
  rules?: string[];
  json?: true;
  write?: true;
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort(signal));

const program = new Command("npm run migrations --")
  .description(
    "Looks at the migrations that this branch adds, as they are on disk: they must come after all of the base branch's, which must be as " +
      "they were, and bring a way back or say why not. Then runs them on a PostgreSQL of its own: on an empty database, up, down and up " +
      "again, and on a copy of the schema before filled with generated rows, and says how long they take, what they lock and which rows " +
      "they write. Exit code 0 where nothing stands against them, 5 where something does, 2 for a wrong command line or base.",
  )
  .option("--base <ref>", "branch, tag or commit to compare with (default: origin/main, or main)")
  .option(
    "--write",
    "write the schema files of this checkout's migrations (migrations/*/schema), on a PostgreSQL of its own, and do nothing else",
  )
  .option(
    "--rules <files...>",
    "only judges the SQL of these files by the rules of docs/sql-rules.md, as if they were added to migrations/orchestra, without a database; a file without marks is all Up",
  )
  .option("--rows <n>", "rows a table of the copy with data", readRows, 1_000)
  .addOption(jsonOption())
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async ({ base, rows, rules, json, write }: Options) => {
    if (rules) {
      const findings = await judgeFiles(rules);
      console.log(json ? JSON.stringify(findings, null, 2) : formatFindings(findings));
      process.exitCode = findings.some(({ refused }) => refused) ? 5 : 0;
      return;
    }
    if (write) {
      const files = (await writeSchemaFiles(interrupted.signal)).map((file) => path.relative(checkout, file));
      console.log(json ? JSON.stringify({ written: files }, null, 2) : files.map((file) => `Wrote ${file}`).join("\n"));
      return;
    }
    const review = await reviewMigrations({
      root: checkout,
      base,
      rows,
      log: (line) => console.error(pc.dim(line)),
      signal: interrupted.signal,
    });
    console.log(json ? JSON.stringify(review, null, 2) : formatReview(review));
    process.exitCode = isRefused(review) ? 5 : 0;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
// What an interrupted run has left waiting must not keep it alive.
if (interrupted.signal.aborted) process.exit();

function exitCodeOf(error: unknown): number {
  if (interrupted.signal.aborted) {
    console.error("Interrupted: the PostgreSQL that was started for this is stopped and removed.");
    return 128 + constants.signals[interrupted.signal.reason as "SIGINT" | "SIGTERM"];
  }
  // A mistake of the user's is a message; anything else is a bug of ours and keeps its stack.
  const known = error instanceof UserError;
  console.error(pc.red(known ? error.message : ((error as Error).stack ?? String(error))));
  return known ? error.exitCode : 1;
}

function readRows(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) > 0 && Number(text) <= 1_000_000) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1 to 1,000,000.");
}
