import { readdirSync } from "node:fs";
import path from "node:path";
import { type FileProblem, UserError } from "../../errors.ts";
import { readTextFile } from "../../util/readTextFile.ts";
import {
  noTransactionMark,
  readNonTransactionalStatement,
  type NonTransactionalStatement,
} from "./nonTransactionalStatement.ts";
import { readSections } from "./sections.ts";
import { lineAt, splitStatements, type SqlStatement } from "./sqlStatements.ts";

/** One migration as recorded in the ledger. */
export interface MigrationFile {
  /** Name in its folder, such as `0001_users.sql`. */
  file: string;
  /** SHA-256 of the file's bytes, in hex. */
  sha256: string;
}

/** The folder below a folder of migrations that holds the schema files, one for each major version of PostgreSQL. */
export const schemaFolder = "schema";

/** A migration with its SQL: exactly the text that was digested, so that no edit slips in between. */
export interface Migration extends MigrationFile {
  /** Full path of the file, for errors. */
  path: string;
  /** The part from `-- Up Migration` up to `-- Down Migration`. */
  up: string;
  /** The file's line on which `up` starts. */
  upLine: number;
  /** The one statement of a file whose first line is `-- no-transaction`; runs alone, outside any transaction. */
  nonTransactional?: NonTransactionalStatement;
}

/**
 * Reads the SQL migrations of a folder, sorted. Refuses statements that would break the one transaction of all files, and
 * statements outside it that could not run again. Ignores hidden files and the folder of schema files.
 *
 * @throws {UserError} with all problems at once, each with file and line.
 */
export function readMigrations(directory: string): Migration[] {
  const files = listFiles(directory);
  const problems = [...findNameProblems(files)];
  const migrations = files.map((file) => readMigration(directory, file, problems));
  if (files.length === 0) problems.push({ file: "", says: "expected at least one migration, found none." });
  if (problems.length > 0) {
    const lines = problems.map(
      ({ file, line, says }) => `${path.join(directory, file)}${line === undefined ? "" : `:${line}`}: ${says}`,
    );
    throw new UserError("migration-files", `Refusing these migrations:\n- ${lines.join("\n- ")}`, { files: problems });
  }
  return migrations;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => !file.startsWith(".") && file !== schemaFolder)
      .sort();
  } catch {
    throw new UserError("migration-files", `Expected a folder of migrations, cannot read ${directory}.`);
  }
}

function* findNameProblems(files: string[]): Generator<FileProblem> {
  const byNumber = new Map<string, string>();
  for (const file of files) {
    const number = /^(\d{4})_[a-z0-9]+(?:_[a-z0-9]+)*\.sql$/.exec(file)?.[1];
    if (!number || file.length > 100) {
      yield { file, says: "expected a name like 0012_what_it_does.sql; rename it or move it elsewhere." };
    } else if (byNumber.has(number)) {
      yield { file, says: `the number ${number} is taken by ${byNumber.get(number)}; take the next free one.` };
    } else byNumber.set(number, file);
  }
}

function readMigration(directory: string, file: string, problems: FileProblem[]): Migration {
  const fullPath = path.join(directory, file);
  const report = (line: number, says: string) => problems.push({ file, line, says });
  const read = readTextFile(fullPath);
  if ("reason" in read) {
    report(read.line, `${read.reason}.`);
    return { file, sha256: "", path: fullPath, up: "", upLine: 1 };
  }
  const { text, sha256 } = read;
  const sections = readSections(text);
  const { up, upLine } = sections;
  const statements = splitStatements(up).map((one) => ({ ...one, line: upLine + one.line - 1 }));
  for (const { line, reason } of sections.problems) report(line, `${reason}.`);
  if (!sections.isMarked)
    problems.push({ file, says: 'expected a line "-- Up Migration" above the SQL that migrates.' });
  else if (sections.problems.length === 0 && splitStatements(sections.header).length > 0)
    report(1, 'SQL above "-- Up Migration" would never run; move it below.');
  else if (statements.length === 0) report(upLine, 'no SQL below "-- Up Migration".');
  const nonTransactional = isMarked(text) ? readOnlyStatement(statements) : undefined;
  const migration = { file, sha256, path: fullPath, up, upLine };
  if (typeof nonTransactional === "object") return { ...migration, nonTransactional };
  if (nonTransactional !== undefined) report(statements[0]?.line ?? 1, nonTransactional);
  else for (const { line, reason } of findBreaks(text, statements)) report(line, reason);
  return migration;
}

function isMarked(text: string): boolean {
  return text.split(/\r?\n/, 1)[0]!.trimEnd() === noTransactionMark;
}

function readOnlyStatement(statements: SqlStatement[]): NonTransactionalStatement | string {
  const [first, second] = statements;
  // `readMigration` reports a file without statements; this text is never shown.
  if (!first) return "a file without a statement cannot be marked.";
  if (second)
    return `expected one statement in a file marked "${noTransactionMark}", got ${statements.length}: give each a file of its own.`;
  return readNonTransactionalStatement(first);
}

/** Returns the statements that cannot run in the one transaction of all unmarked files, and misplaced marks. */
function findBreaks(text: string, statements: SqlStatement[]): { line: number; reason: string }[] {
  const misplaced = /^[ \t]*--[ \t]*no[-_ ]?transaction[ \t]*$/im.exec(text);
  return [
    ...(misplaced
      ? [
          {
            line: lineAt(text, misplaced.index),
            reason: `expected "${noTransactionMark}" as the very first line, or not at all.`,
          },
        ]
      : []),
    ...statements.flatMap(({ line, code }) => {
      const reason = breaksTransaction(code);
      return reason ? [{ line, reason }] : [];
    }),
  ];
}

function breaksTransaction(code: string): string | undefined {
  const word = /^(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE TRANSACTION)\b/.exec(
    code,
  )?.[1];
  if (word)
    return `${word}: all pending migrations run in one transaction, which the program opens and closes. Remove it.`;
  if (/^(CREATE DATABASE|DROP DATABASE|ALTER SYSTEM|CREATE TABLESPACE|DROP TABLESPACE)\b/.test(code))
    return `${code.split(" ").slice(0, 2).join(" ")} cannot run inside the one transaction of a migration. Run it by hand.`;
  const alone = /^VACUUM\b/.test(code)
    ? "VACUUM"
    : /^(?:CREATE|DROP|REINDEX|ALTER)\b.*\b(CONCURRENTLY)\b/.exec(code)?.[1];
  if (alone)
    return `${alone} cannot run inside the one transaction of a migration. Give it a file of its own whose first line is "${noTransactionMark}".`;
  return undefined;
}
