import { readSections } from "../../infra/database/migrations/sections.ts";
import { splitStatements, type SqlStatement } from "../../infra/database/migrations/sqlStatements.ts";

/** A file's down migration; the lines of its statements are those of the file. */
export type Down =
  { kind: "sql"; statements: SqlStatement[] } | { kind: "none"; because: string } | { kind: "missing"; says: string };

/** The line by which a file states that it has no down migration. */
export const noDownForm = "-- Down Migration: none, because …";

/** Reads the part below `-- Down Migration`, or the reason why there is none. Pure. */
export function readDown(text: string): Down {
  const { down } = readSections(text);
  if (!down) return { kind: "missing", says: 'It has no "-- Down Migration" part.' };
  const { remark, line } = down;
  const statements = splitStatements(down.text).map((one) => ({ ...one, line: line + one.line - 1 }));
  if (remark === "" && statements.length > 0) return { kind: "sql", statements };
  if (remark === "") return { kind: "missing", says: 'Its "-- Down Migration" part holds no SQL.' };
  const because = /^: none, because\s+(\S.*)$/.exec(remark)?.[1];
  const refuse = (says: string): Down => ({ kind: "missing", says });
  if (because === undefined)
    return refuse(`Expected "${noDownForm}" or nothing after the words, got "-- Down Migration${remark}".`);
  if (statements.length > 0)
    return refuse(`It states that it has no down migration, but has SQL below (line ${statements[0]!.line}).`);
  return { kind: "none", because };
}

/** Finds the reason to accept a failure on generated rows: `-- accept: fails-on-data: <reason>`, above `-- Up Migration`. */
export function readAcceptance(text: string): string | undefined {
  return /^-- accept: fails-on-data:[ \t]*(\S.*)$/m.exec(readSections(text).header)?.[1]?.trim();
}
