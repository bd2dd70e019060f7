import { writeFile } from "node:fs/promises";
import path from "node:path";

import { Command, Option } from "commander";

import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { UserError } from "../../infra/errors.ts";
import { migrationDirectories, type MigrationFolder, migrationFolders } from "./migrationReview.ts";

/** Returns `migrations new`. */
export function newMigrationCommand(): Command {
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
