import { readFileSync } from "node:fs";

import type { Migration } from "../../infra/database/readMigrations.ts";
import { findDangers, type SqlDanger } from "../sqlRules/findDangers.ts";

/**
 * What the pending files of one folder destroy, lock or rewrite.
 *
 * @param pending names of files, sorted
 * @throws DatabaseError for SQL that does not parse, by file and line
 */
export async function judgeMigrations(pending: readonly string[], files: readonly Migration[]): Promise<SqlDanger[]> {
  const [first] = pending;
  if (first === undefined) return [];
  const read = (some: readonly Migration[]) =>
    some.map(({ file, path }) => ({ file, sql: readFileSync(path, "utf8") }));
  return findDangers(
    read(files.filter(({ file }) => pending.includes(file))),
    read(files.filter(({ file }) => file < first)),
  );
}
