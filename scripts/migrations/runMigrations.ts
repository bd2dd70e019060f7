import { readFile } from "node:fs/promises";
import path from "node:path";
import { withClient } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";
import type { Migration } from "../../infra/database/migrations/readMigrations.ts";
import type { SchemaDifference } from "../../infra/database/schema/compareSchemas.ts";
import { measureMigration } from "./database/measureMigration.ts";
import { migrateNew, type MigrationSet } from "./database/migrate.ts";
import { type DownTest, testDownMigration } from "./database/testDownMigration.ts";
import type { CreateDatabase } from "./database/withCluster.ts";
import { fillTables } from "./fill/fillTables.ts";
import type { MigrationReview, ReviewedMigration, ReviewProblem } from "./migrationReview.ts";
import { noDownForm, readAcceptance, readDown } from "./readDown.ts";

export interface MigrationTrial {
  set: MigrationSet;
  createDatabase: CreateDatabase;
  /** Generated rows a table. */
  rows: number;
  log?: ((line: string) => void) | undefined;
}

/**
 * Runs the new migrations of one folder in three throw-away databases: in a new one, all at once; in one of the previous schema, each up,
 * down and up; and in one of the previous schema with generated rows. Adds the results to `review`.
 */
export async function runMigrations(trial: MigrationTrial, review: MigrationReview): Promise<void> {
  const { set, createDatabase, log } = trial;
  log?.(`${set.folder}: all ${set.all.length} files on a new database`);
  const connection = await createDatabase();
  try {
    await migrateNew(set, connection, set.all);
  } catch (error) {
    const instead = "Correct the file. Its other effects were not tested.";
    review.problems.push({ ...failureOf(set, error), rule: "fails-on-empty", instead });
    return;
  }
  await testDownMigrations(trial, review);
  await measureMigrations(trial, review);
}

async function testDownMigrations(
  { set, createDatabase, log }: MigrationTrial,
  review: MigrationReview,
): Promise<void> {
  log?.(`${set.folder}: each new file up, down and up again on an empty database`);
  const connection = await createDatabase();
  await migrateNew(set, connection, set.before);
  for (const migration of set.added) {
    const down = readDown(await textOf(set, migration));
    try {
      const statements = down.kind === "sql" ? down.statements : undefined;
      const test = await testDownMigration(set, connection, migration, statements);
      entryOf(review, set, migration).emptyMs = test.ms;
      const says = describeDownTest(test);
      const place = { folder: set.folder, file: migration.file };
      if (test.failure)
        review.problems.push({ ...failureOf(set, test.failure), rule: "down-fails", instead: correctDown });
      else if (says !== "") review.problems.push({ ...place, rule: "down-differs", says, instead: correctDown });
      if (test.notAgain !== undefined) return;
    } catch (error) {
      review.problems.push({ ...failureOf(set, error), rule: "fails-on-empty", instead: "Correct the file." });
      return;
    }
  }
}

const correctDown = `Correct the part below "-- Down Migration". If lost data cannot be restored, write "${noDownForm}" in its place.`;

async function measureMigrations(
  { set, createDatabase, rows, log }: MigrationTrial,
  review: MigrationReview,
): Promise<void> {
  log?.(`${set.folder}: each new file on a copy of the previous schema with ${rows} rows a table`);
  const connection = await createDatabase();
  await migrateNew(set, connection, set.before);
  const filled = await withClient(connection, (client) => fillTables(client, rows));
  review.data.push(...filled.map((one) => ({ folder: set.folder, ...one })));
  for (const migration of set.added) {
    try {
      entryOf(review, set, migration).onData = await measureMigration(set, connection, migration);
    } catch (error) {
      const failure = failureOf(set, error);
      const accepted = readAcceptance(await textOf(set, migration));
      review.problems.push({
        ...failure,
        rule: "fails-on-data",
        instead:
          "The rows are generated, but the previous schema allows them: correct such rows in the same file, above that statement. " +
          'If there are certainly none, say so above "-- Up Migration": -- accept: fails-on-data: <reason>.',
        ...(accepted !== undefined && { accepted }),
      });
      return;
    }
  }
}

function textOf({ directory }: MigrationSet, { file }: Migration): Promise<string> {
  return readFile(path.join(directory, file), "utf8");
}

function entryOf(review: MigrationReview, { folder }: MigrationSet, { file }: Migration): ReviewedMigration {
  return review.files.find((one) => one.folder === folder && one.file === file)!;
}

/** Returns the place and the reason of a migration's own error; throws any other error. */
function failureOf({ folder, added }: MigrationSet, error: unknown): Omit<ReviewProblem, "rule" | "instead"> {
  if (!(error instanceof UserError) || UserError.is(error, "connection-lost")) throw error;
  return { folder, ...(error.fields.files?.[0] ?? { file: added[0]!.file, says: error.message }) };
}

function describeDownTest({ afterDown, afterUp, notAgain }: DownTest): string {
  const sentences = [
    afterDown.length > 0 && `After its down migration the schema differs from the one before: ${name(afterDown)}.`,
    notAgain !== undefined && "After its down migration the file does not run again.",
    afterUp.length > 0 &&
      `After its down migration and a second run the schema differs from the one after the first: ${name(afterUp)}.`,
  ];
  return sentences.filter((sentence) => sentence !== false).join(" ");
}

/** The number of differences that are named: nobody reads a long list. */
const shown = 6;

function name(differences: SchemaDifference[]): string {
  const texts = differences.slice(0, shown).map(({ what, expected, found }) => {
    if (expected === null) return `${what} remains`;
    return found === null ? `${what} is missing (was ${expected})` : `${what} was ${expected}, is ${found}`;
  });
  const more = differences.length - shown;
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
