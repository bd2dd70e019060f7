import { writeFile } from "node:fs/promises";
import path from "node:path";

import { Command, Option } from "commander";

import { errorPc } from "./cli/colours.ts";
import { checkout } from "../infra/util/checkout.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { parseCount } from "./cli/parseOption.ts";
import { jsonOption, outputOption, type OutputOptions, print } from "./cli/output.ts";
import { checkSqlFiles, formatRuleHits } from "./migrations/checkSqlFiles.ts";
import { formatReview } from "./migrations/formatReview.ts";
import { writeSchemaFiles } from "./migrations/makeSchema.ts";
import {
  isRefused,
  migrationDirectories,
  type MigrationFolder,
  migrationFolders,
} from "./migrations/migrationReview.ts";
import { reviewMigrations } from "./migrations/reviewMigrations.ts";
import { readMigrations } from "../infra/database/migrations/readMigrations.ts";
import { UserError } from "../infra/errors.ts";

interface Options extends OutputOptions {
  base?: string;
  rows: number;
  rules?: string[];
  write?: true;
}

/** Returns `migrations`. */
export default function migrationsCommand(): Command {
  return new Command("migrations")
    .description(
      "Reviews the migrations that this branch adds, as they are on disk. They must sort after the base branch's, which must be unchanged, and " +
        "have a down migration or a reason for none, and keep the rules of docs/sql-rules.md. Then runs them on a throw-away PostgreSQL: up, down " +
        "and up again in an empty database, and in one with generated rows, and shows their duration, locks and changed rows. Exit code 0 for no objections, 5 for a refusal, 2 for a " +
        "wrong command line or base.",
    )
    .option("--base <ref>", "branch, tag or commit to compare with (default: origin/main, or main)")
    .option("--write", "only write the schema files of this checkout's migrations (migrations/*/schema)")
    .option(
      "--rules <files...>",
      "only check the SQL of these files by the rules of docs/sql-rules.md, without a database, as if they were added to migrations/orchestra; a file without section marks is all Up",
    )
    .option("--rows <n>", "generated rows a table", parseCount(1_000_000), 1_000)
    .addOption(outputOption())
    .addOption(jsonOption())
    .addCommand(newMigrationCommand())
    .action(async ({ base, rows, rules, write, ...options }: Options) => {
      if (rules) {
        const hits = await checkSqlFiles(rules);
        print(options, hits, () => formatRuleHits(hits));
        process.exitCode = hits.some(({ refused }) => refused) ? 5 : 0;
        return;
      }
      if (write) {
        const written = (await writeSchemaFiles(awaitInterruption())).map((file) => path.relative(checkout, file));
        print(options, { written }, () => written.map((file) => `Wrote ${file}`).join("\n"));
        return;
      }
      const log = (line: string) => console.error(errorPc.dim(line));
      const review = await reviewMigrations({ root: checkout, base, rows, log, signal: awaitInterruption() });
      print(options, review, (width) => formatReview(review, width));
      process.exitCode = isRefused(review) ? 5 : 0;
    });
}

/** Returns `migrations new`. */
function newMigrationCommand(): Command {
  return new Command("new")
    .description(
      "Writes an empty migration with the next number, and prints its path. The file says what belongs where.",
    )
    .argument("<name>", "its name in lower case, such as musician_phone")
    .addOption(
      new Option("--folder <folder>", "whose databases it changes").choices(migrationFolders).default("orchestra"),
    )
    .action(async (name: string, { folder }: { folder: MigrationFolder }) => {
      const file = await writeMigration(migrationDirectories[folder], name);
      console.log(path.relative(process.cwd(), file));
      console.error(`Next: write its SQL, then \`stagesub migrations --write\` and \`stagesub migrations\`.`);
    });
}

/** @returns the path of the new file */
async function writeMigration(directory: string, name: string): Promise<string> {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) || name.length > 60)
    throw new UserError(
      "command-line",
      `Expected a name of lower-case letters, digits and underscores, such as musician_phone, got ${JSON.stringify(name)}.`,
    );
  const last = readMigrations(directory).at(-1)!.file;
  const [digits] = /^\d+/.exec(last)!;
  const number = String(Number(digits) + 1).padStart(digits.length, "0");
  const file = path.join(directory, `${number}_${name}.sql`);
  await writeFile(file, template, { flag: "wx" });
  return file;
}

const template = `-- Why this change is made, in a sentence for the reviewer.

-- Up Migration


-- Down Migration
-- The SQL that undoes the file; or in place of this: "-- Down Migration: none, because <reason>"

`;
