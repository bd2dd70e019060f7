import { parse, SqlError } from "libpg-query";
import type { Node, ParseResult } from "@pgsql/types";

import { escapeInvisible, shorten } from "../../../util/text.ts";
import { findComments, lineAt, lineCounter, splitStatements, type SqlComment } from "../sqlStatements.ts";
import type { RuleName } from "./rules.ts";

/** The part of a migration that migrates. */
export interface SqlFile {
  /** As in messages: "0012_nickname.sql". */
  file: string;
  up: string;
  /** The file's line on which `up` starts. */
  upLine: number;
}

/** One statement as PostgreSQL's own grammar reads it. */
export interface ParsedStatement {
  node: Node;
  /** Line of its first word in the file, from 1. */
  line: number;
  /** On one line, without comments. */
  text: string;
}

/** A comment with its place in the file. */
export interface PlacedComment {
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
  /** The reason why PostgreSQL 17 would refuse the file; then there are no statements. */
  unreadable?: { rule: RuleName; line: number; name: string };
}

/** Reads the part of a file that migrates with the grammar of PostgreSQL 17. */
export async function parseFile({ file, up, upLine }: SqlFile): Promise<ParsedFile> {
  const lineOf = (index: number) => upLine + lineAt(up, index) - 1;
  const comments = findComments(up);
  const parsed: ParsedFile = { file, statements: [], comments: placeComments(up, upLine, comments) };
  const nul = up.indexOf("\0");
  // The parser would take a NUL for the end of the text, and miss the rest.
  if (nul >= 0) return { ...parsed, unreadable: { rule: "unreadable", line: lineOf(nul), name: "a NUL character" } };
  if (up.trim() === "") return parsed;
  try {
    const tree = (await parse(up)) as ParseResult;
    return { ...parsed, statements: placeStatements(up, upLine, tree) };
  } catch (error) {
    return { ...parsed, unreadable: explainParseError(error, up, upLine, comments) };
  }
}

/** Places the statements in the file. The parser counts bytes, and begins a statement right behind the one before it. */
function placeStatements(up: string, upLine: number, { stmts = [] }: ParseResult): ParsedStatement[] {
  const bytes = Buffer.from(up);
  const lineOf = lineCounter(bytes.toString("latin1"));
  return stmts.map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    const pieces = splitStatements(bytes.subarray(from, length ? from + length : undefined).toString());
    const text = pieces.map((piece) => piece.text).join("; ");
    return { node: stmt!, line: upLine + lineOf(from) + (pieces[0]?.line ?? 1) - 2, text: text.replace(/\s+/g, " ") };
  });
}

function placeComments(up: string, upLine: number, comments: readonly SqlComment[]): PlacedComment[] {
  const lineOf = lineCounter(up);
  return comments.map(({ start, end }) => {
    const newline = up.indexOf("\n", end);
    const before = up.slice(up.lastIndexOf("\n", start - 1) + 1, start);
    const alone = `${before}${up.slice(end, newline < 0 ? undefined : newline)}`.trim() === "";
    return { line: upLine + lineOf(start) - 1, lastLine: upLine + lineOf(end) - 1, text: up.slice(start, end), alone };
  });
}

/** Tells psql's own commands and COPY data apart from wrong SQL. */
function explainParseError(error: unknown, up: string, upLine: number, comments: readonly SqlComment[]) {
  const at = (index: number) => upLine + lineAt(up, index) - 1;
  if (error instanceof RangeError)
    return { rule: "unreadable", line: at(0), name: "it is nested too deeply." } as const;
  if (!(error instanceof SqlError)) throw error;
  // PostgreSQL counts characters, JavaScript UTF-16 units.
  const index = [...up].slice(0, error.sqlDetails?.cursorPosition ?? 0).join("").length;
  const isInComment = (place: number) => comments.some(({ start, end }) => start <= place && place < end);
  const find = (pattern: RegExp) =>
    [...up.matchAll(pattern)].find((match) => match.index <= index && !isInComment(match.index));
  const copy = find(/^[ \t]*copy\b[^;]*\bfrom\s+stdin\b[^;]*;/gim);
  if (copy) return { rule: "copy-data", line: at(copy.index), name: oneLine(copy[0]) } as const;
  const command = find(/^[ \t]*\\\S.*/gm);
  if (command) return { rule: "psql-command", line: at(command.index), name: oneLine(command[0]) } as const;
  return { rule: "unreadable", line: at(index), name: `${oneLine(error.message)}.` } as const;
}

function oneLine(message: string): string {
  return shorten(escapeInvisible(message.replace(/\s+/g, " ").trim()), 120);
}
