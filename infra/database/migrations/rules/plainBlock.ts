import type { DoStmt, Node, ParseResult } from "@pgsql/types";
import { parseSync } from "libpg-query";

import { findComments } from "../../sqlStatements.ts";
import { allOf, as } from "./names.ts";

/** Whether something is there already is no trouble. */
const handler =
  /\bexception((?:\s+when\s+duplicate_\w+(?:\s+or\s+duplicate_\w+)*\s+then\s+(?:null|raise\s+notice\s+'[^']*'[^;]*)\s*;)+)\s*$/i;
const block = /^\s*begin\b(.*)\bend\s*;?\s*$/is;
const condition = /^\s*if\s+(not\s+exists\s*\(.*?\))\s+then\b(.*)\bend\s+if\s*;\s*$/is;

/**
 * Reads a DO block that holds nothing but statements, as idempotent migrations wrap them: `BEGIN …; EXCEPTION WHEN duplicate_object THEN
 * null; END`, or `IF NOT EXISTS (SELECT …) THEN …; END IF;` inside it. Each piece has to be SQL by PostgreSQL's own grammar: whatever only a
 * program can say, such as a variable, a loop or EXECUTE of a text, is none.
 *
 * @returns the statements, and the condition as one; undefined for a program
 */
export function readPlainBlock({ args }: DoStmt): Node[] | undefined {
  const options = allOf(args, "DefElem");
  const text = as(options.find(({ defname }) => defname === "as")?.arg, "String")?.sval ?? "";
  const language = as(options.find(({ defname }) => defname === "language")?.arg, "String")?.sval ?? "plpgsql";
  const body = language === "plpgsql" ? block.exec(withoutComments(text))?.[1]?.replace(handler, "") : undefined;
  if (body === undefined) return undefined;
  const [, asked, then] = condition.exec(body) ?? [];
  return asked === undefined || then === undefined ? read(body) : read(`SELECT ${asked};${then}`);
}

function withoutComments(text: string): string {
  const comments = findComments(text);
  const starts = [0, ...comments.map(({ end }) => end)];
  return starts.map((start, index) => text.slice(start, comments[index]?.start)).join(" ");
}

function read(sql: string): Node[] | undefined {
  try {
    return (parseSync(sql) as ParseResult).stmts?.flatMap(({ stmt }) => stmt ?? []);
  } catch {
    return undefined;
  }
}
