import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";

import { awaitInterruption } from "./cli/interruption.ts";

import { formatReview } from "./migrations/formatReview.ts";
import { formatRuleHits, checkSqlFiles } from "./migrations/checkSqlFiles.ts";
import { isRefused } from "./migrations/migrationReview.ts";
import { writeSchemaFiles } from "./migrations/makeSchema.ts";
import { reviewMigrations } from "./migrations/reviewMigrations.ts";
import { checkout } from "../infra/util/checkout.ts";
import { jsonOption } from "./cli/stackOption.ts";

interface Options {
  base?: string;
  rows: number;
  rules?: string[];
  json?: true;
  write?: true;
}

/** Returns `migrations`. */
export function migrationsCommand(): Command {
  return new Command("migrations")
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
    .action(async ({ base, rows, rules, json, write }: Options) => {
      if (rules) {
        const findings = await checkSqlFiles(rules);
        console.log(json ? JSON.stringify(findings, null, 2) : formatRuleHits(findings));
        process.exitCode = findings.some(({ refused }) => refused) ? 5 : 0;
        return;
      }
      if (write) {
        const files = (await writeSchemaFiles(awaitInterruption())).map((file) => path.relative(checkout, file));
        console.log(
          json ? JSON.stringify({ written: files }, null, 2) : files.map((file) => `Wrote ${file}`).join("\n"),
        );
        return;
      }
      const review = await reviewMigrations({
        root: checkout,
        base,
        rows,
        log: (line) => console.error(pc.dim(line)),
        signal: awaitInterruption(),
      });
      console.log(json ? JSON.stringify(review, null, 2) : formatReview(review));
      process.exitCode = isRefused(review) ? 5 : 0;
    });
}

function readRows(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) > 0 && Number(text) <= 1_000_000) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1 to 1,000,000.");
}
