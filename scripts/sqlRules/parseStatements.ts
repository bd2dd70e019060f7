import { parse, SqlError } from "libpg-query";
import type { Node, ParseResult } from "@pgsql/types";

import { escapeInvisible, shorten } from "../../infra/config/describeValue.ts";
import { DatabaseError } from "../../infra/database/databaseError.ts";
import { upPart } from "../../infra/database/readMigrations.ts";
import { findComments, lineAt, type SqlComment } from "../../infra/database/sqlStatements.ts";

/** A file of SQL: a migration with its marks, of which only the part that migrates is looked at. */
export interface SqlFile {
  /** As in messages: "0012_nickname.sql". */
  file: string;
  /** All its text. */
  sql: string;
}

/** One statement as PostgreSQL's own grammar reads it. */
export interface ParsedStatement {
  node: Node;
  file: string;
  /** Line of its first word in the file, from 1. */
  line: number;
  /** On one line, without comments. */
  text: string;
}

/** A comment of the part that migrates, with its place in the file. */
export interface PlacedComment {
  file: string;
  /** Lines in the file, from 1. */
  line: number;
  lastLine: number;
  text: string;
  /** Nothing else stands on its lines. */
  alone: boolean;
}

export interface ParsedFile {
  file: string;
  statements: ParsedStatement[];
  comments: PlacedComment[];
}

/**
 * Reads the part of each file that migrates with the grammar of PostgreSQL 17.
 *
 * @throws DatabaseError with every file that does not parse: file, line, and what the parser said
 */
export async function parseStatements(files: readonly SqlFile[]): Promise<ParsedFile[]> {
  const parsed: ParsedFile[] = [];
  const problems: string[] = [];
  for (const file of files) {
    try {
      parsed.push(await parseFile(file));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      problems.push(`${file.file}:${error.line}: ${error.message}`);
    }
  }
  if (problems.length > 0)
    throw new DatabaseError(
      `Expected SQL that PostgreSQL 17 can read, got:\n- ${problems.join("\n- ")}\nMend it, then ask again.`,
    );
  return parsed;
}

/** Why one file cannot be read. */
class Unreadable extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

async function parseFile({ file, sql }: SqlFile): Promise<ParsedFile> {
  const { up, line: upLine } = upPart(sql);
  const lineOf = (index: number) => upLine + lineAt(up, index) - 1;
  const nul = up.indexOf("\0");
  // The parser would take it for the end, and what follows would go unseen.
  if (nul >= 0) throw new Unreadable(lineOf(nul), "a NUL character, which PostgreSQL does not take.");
  const comments = findComments(up);
  const tree = up.trim() === "" ? {} : await readTree(up, lineOf);
  const bytes = Buffer.from(up);
  const statements = (tree.stmts ?? []).map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    const start = bytes.subarray(0, from).toString().length;
    const end = length ? start + bytes.subarray(from, from + length).toString().length : up.length;
    const inside = comments.filter((comment) => comment.start >= start && comment.end <= end);
    const blanked = blank(up.slice(start, end), inside, start);
    const first = start + blanked.search(/\S/);
    return { node: stmt!, file, line: lineOf(first), text: blanked.replace(/\s+/g, " ").trim() };
  });
  return {
    file,
    statements,
    comments: comments.map(({ start, end }) => ({
      file,
      line: lineOf(start),
      lastLine: lineOf(end),
      text: up.slice(start, end),
      alone: isAlone(up, start, end),
    })),
  };
}

async function readTree(sql: string, lineOf: (index: number) => number): Promise<ParseResult> {
  try {
    return (await parse(sql)) as ParseResult;
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable(lineOf(0), "it is nested too deeply to be read.");
    if (!(error instanceof SqlError)) throw error;
    // Counted in characters, where JavaScript counts UTF-16 units.
    const index = [...sql].slice(0, error.sqlDetails?.cursorPosition ?? 0).join("").length;
    throw new Unreadable(lineOf(index), `${oneLine(error.message)}.`);
  }
}

/** The parser quotes all that follows an open quote. */
function oneLine(message: string): string {
  return shorten(escapeInvisible(message.replace(/\s+/g, " ")), 120);
}

function blank(text: string, comments: readonly SqlComment[], offset: number): string {
  return comments.reduce(
    (left, { start, end }) => left.slice(0, start - offset) + " ".repeat(end - start) + left.slice(end - offset),
    text,
  );
}

function isAlone(sql: string, start: number, end: number): boolean {
  const before = sql.slice(sql.lastIndexOf("\n", start - 1) + 1, start);
  const after = sql.slice(end).split("\n", 1)[0]!;
  return before.trim() === "" && after.trim() === "";
}
