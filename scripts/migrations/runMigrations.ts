import { readFile } from "node:fs/promises";
import path from "node:path";
import { withClient } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";
import type { Migration } from "../../infra/database/migrations/readMigrations.ts";
import type { SchemaDifference } from "../../infra/database/schema/compareSchemas.ts";
import { measureMigration } from "./database/measureMigration.ts";
import { migrateNew, type MigrationSet } from "./database/migrate.ts";
import { testDownMigration, type DownTest } from "./database/testDownMigration.ts";
import type { CreateDatabase } from "./database/withCluster.ts";
import { fillTables } from "./fill/fillTables.ts";
import type { MigrationReview, ReviewedMigration, ReviewProblem } from "./migrationReview.ts";
import { noDownForm, readAcceptance, readDown } from "./readDown.ts";

export interface MigrationTrial {
  set: MigrationSet;
  createDatabase: CreateDatabase;
  /** Rows a table of the copy with data. */
  rows: number;
  log?: ((line: string) => void) | undefined;
}

/**
 * Tries the new migrations of one folder on three databases: a new one, which gets all at once; one of the previous schema, on
 * which each is undone and done again; and one of the previous schema with data. Adds its findings to `review`.
 */
export async function runMigrations(trial: MigrationTrial, review: MigrationReview): Promise<void> {
  const { set, createDatabase, log } = trial;
  log?.(`${set.folder}: all ${set.all.length} files on a new database`);
  const connection = await createDatabase();
  const failure = await failureOf(migrateNew(set, connection, set.all));
  if (failure) {
    const instead = "Correct the file. What else it would do was not tried.";
    review.problems.push({ ...place(set, failure), rule: "fails-on-empty", instead });
    return;
  }
  await tryEachBack(trial, review);
  await tryOnData(trial, review);
}

async function tryEachBack({ set, createDatabase, log }: MigrationTrial, review: MigrationReview): Promise<void> {
  log?.(`${set.folder}: each new file up, down and up again on an empty database`);
  const connection = await createDatabase();
  await migrateNew(set, connection, set.before);
  for (const migration of set.added) {
    const down = readDown(await textOf(set, migration));
    const statements = down.kind === "sql" ? down.statements : undefined;
    try {
      const back = await testDownMigration(set, connection, migration, statements);
      entryOf(review, set, migration).emptyMs = back.ms;
      const says = describeWayBack(back);
      if (back.failure) review.problems.push({ ...place(set, back.failure), rule: "down-fails", instead: mendDown });
      else if (says)
        review.problems.push({
          folder: set.folder,
          file: migration.file,
          rule: "down-differs",
          says,
          instead: mendDown,
        });
      if (back.notAgain !== undefined) return;
    } catch (error) {
      const failure = requireFailure(error);
      review.problems.push({ ...place(set, failure), rule: "fails-on-empty", instead: "Correct the file." });
      return;
    }
  }
}

const mendDown = `Correct the part below "-- Down Migration"; where what is gone cannot come back, write "${noDownForm}" in its place.`;

async function tryOnData({ set, createDatabase, rows, log }: MigrationTrial, review: MigrationReview): Promise<void> {
  log?.(`${set.folder}: each new file on a copy of the schema before with ${rows} rows a table`);
  const connection = await createDatabase();
  await migrateNew(set, connection, set.before);
  const filled = await withClient(connection, (client) => fillTables(client, rows));
  review.data.push(...filled.map((one) => ({ folder: set.folder, ...one })));
  for (const migration of set.added) {
    try {
      entryOf(review, set, migration).onData = await measureMigration(set, connection, migration);
    } catch (error) {
      const accepted = readAcceptance(await textOf(set, migration));
      review.problems.push({
        ...place(set, requireFailure(error)),
        rule: "fails-on-data",
        instead:
          "The rows are generated, but the schema before allows them: bring such rows in line in the same file, above that statement. " +
          'If there are none for certain, say so above "-- Up Migration": -- accept: fails-on-data: <reason>.',
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

/** Returns the migration's own error; throws any other error. */
async function failureOf(work: Promise<unknown>): Promise<UserError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return requireFailure(error);
  }
}

function requireFailure(error: unknown): UserError {
  if (error instanceof UserError && !UserError.is(error, "connection-lost")) return error;
  throw error;
}

function place(
  { folder, added }: MigrationSet,
  { message, fields }: UserError,
): Pick<ReviewProblem, "folder" | "file" | "line" | "says"> {
  return { folder, ...(fields.files?.[0] ?? { file: added[0]!.file, says: message }) };
}

function describeWayBack({ afterDown, afterUp, notAgain }: DownTest): string | undefined {
  const told = [
    afterDown.length > 0 && `After its way back the schema is not as it was before: ${name(afterDown)}.`,
    notAgain !== undefined && "After its way back the file does not run again.",
    afterUp.length > 0 &&
      `After the way back and the file once more the schema is not as it was after the first time: ${name(afterUp)}.`,
  ].filter((text) => text !== false);
  return told.length === 0 ? undefined : told.join(" ");
}

/** The number of differences that are named: a list of all helps nobody. */
const shown = 6;

function name(differences: SchemaDifference[]): string {
  const texts = differences.slice(0, shown).map(({ what, expected, found }) => {
    if (expected === null) return `${what} is left behind`;
    return found === null ? `${what} is missing (was ${expected})` : `${what} was ${expected}, is ${found}`;
  });
  const more = differences.length - shown;
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
