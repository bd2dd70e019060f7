import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { noTransactionMark } from "../../../infra/database/migrations/nonTransactionalStatement.ts";
import { findDangers, type SqlDanger, type SqlFile } from "../../../infra/database/migrations/rules/findDangers.ts";
import { parseFile, type ParsedStatement } from "../../../infra/database/migrations/rules/parseFile.ts";
import { readSections } from "../../../infra/database/migrations/sections.ts";

export const corpusDir = path.join(import.meta.dirname, "corpus");
const migrationsDir = path.join(import.meta.dirname, "../../../migrations");

/** One statement of the corpus, what its file expects of it, and what was found. */
export interface Judged {
  file: string;
  statement: ParsedStatement;
  /** Its file runs outside the one transaction. */
  isAlone: boolean;
  /** The rules that `-- expect: …` above it names, sorted; none where it is ordinary. */
  expected: string[];
  found: string[];
}

export function readFolder(directory: string): (SqlFile & { sql: string })[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => toFile(file, readFileSync(path.join(directory, file), "utf8")));
}

/** Returns a migration in the form of the judges, together with all its text. */
export function toFile(file: string, sql: string): SqlFile & { sql: string } {
  const { up, upLine } = readSections(sql);
  return { file, sql, up, upLine };
}

export const realMigrations = {
  orchestra: readFolder(path.join(migrationsDir, "orchestra")),
  registry: readFolder(path.join(migrationsDir, "registry")),
};

/** The migrations that every database of the corpus has. */
export const applied = [...realMigrations.orchestra, ...readFolder(path.join(corpusDir, "applied"))];

/** Judges each file of a part of the corpus as the one that is pending. */
export async function judgeCorpus(part: "dangerous" | "ordinary"): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const file of readFolder(path.join(corpusDir, part)))
    judged.push(...(await judgeFile(file, await findDangers([...applied, file], (name) => name === file.file))));
  return judged;
}

export async function judgeFile(file: SqlFile & { sql: string }, dangers: readonly SqlDanger[]): Promise<Judged[]> {
  const parsed = await parseFile(file);
  const lines = file.sql.split("\n");
  return parsed.statements.map((statement) => {
    const expectation = /^-- expect: (.*)$/.exec(lines[statement.line - 2] ?? "")?.[1];
    return {
      file: file.file,
      statement,
      isAlone: lines[0] === noTransactionMark,
      expected: expectation?.split(", ").sort() ?? [],
      found: dangers
        .filter(({ line }) => line === statement.line)
        .map(({ rule }) => rule)
        .sort(),
    };
  });
}

/** Returns a statement as a line of a failing test. */
export function place({ file, statement }: Judged): string {
  return `${file}:${statement.line}: ${statement.text.slice(0, 80)}`;
}
