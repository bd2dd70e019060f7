import { lineAt, splitStatements, type SqlStatement } from "../../infra/database/sqlStatements.ts";

/** The way back that a migration brings. */
export type Down =
  | {
      kind: "sql";
      /** Each with its line in the file. */
      statements: SqlStatement[];
    }
  | { kind: "none"; because: string }
  | { kind: "missing"; says: string };

/** How a file says that there is no way back. */
export const noDownForm = "-- Down Migration: none, because …";

/** Reads the part below `-- Down Migration`, or the reason why there is none. Pure. */
export function readDown(text: string): Down {
  const mark = /^-- Down Migration\b(.*)$/m.exec(text);
  if (!mark) return { kind: "missing", says: 'It has no "-- Down Migration" part.' };
  const line = lineAt(text, mark.index);
  const below = text.slice(mark.index);
  const statements = splitStatements(below).map((one) => ({ ...one, line: line + one.line - 1 }));
  const remark = mark[1]!.trim();
  if (remark === "" && statements.length > 0) return { kind: "sql", statements };
  if (remark === "") return { kind: "missing", says: 'Its "-- Down Migration" part holds no SQL.' };
  const because = /^: none, because\s+(\S.*)$/.exec(remark)?.[1];
  if (because === undefined)
    return { kind: "missing", says: `Expected "${noDownForm}" or nothing after the words, got "${mark[0].trim()}".` };
  if (statements.length > 0)
    return {
      kind: "missing",
      says: `It says that there is no way back, and has SQL below that (line ${statements[0]!.line}).`,
    };
  return { kind: "none", because };
}

/** Why the file accepts that it fails on generated data, if it does: `-- accept: fails-on-data: <reason>`, above `-- Up Migration`. */
export function readAcceptance(text: string): string | undefined {
  const header = text.slice(0, Math.max(0, text.search(/^-- Up Migration\b/m)));
  return /^-- accept: fails-on-data:[ \t]*(\S.*)$/m.exec(header)?.[1]?.trim();
}
