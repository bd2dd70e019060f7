import type { DoStmt, Node, ParseResult } from "@pgsql/types";
import { parseSync } from "libpg-query";

import { splitStatements } from "../sqlStatements.ts";
import { allOf, as } from "./names.ts";

const block = /^begin\b(.*)\bend$/is;
/** An exception handler that only passes over existing objects. */
const handler =
  /\bexception((?:\s+when\s+duplicate_\w+(?:\s+or\s+duplicate_\w+)*\s+then\s+(?:null|raise\s+notice\s+'[^']*'[^;]*)\s*;)+)\s*$/i;

const bare = /^(?:end\s+if$|null$|else\b)/i;
/** The start of a RAISE, whose arguments are read as a SELECT. */
const message = /^raise\s+(?:debug\s|log\s|info\s|notice\s|warning\s|exception\s)?\s*(?='(?:[^']|'')*'\s*(?:,|$))/i;
const condition = /^(?:if|els(?:e?)if)\b(.+?)\bthen\b/is;

/**
 * Reads a DO block of statements, conditions and messages alone. Each of these, in any IF, must be SQL
 * by PostgreSQL's own grammar. A block with a loop, EXECUTE of a text or the like is a program.
 *
 * @returns the statements, with conditions and messages as SELECTs; undefined for a program
 */
export function readPlainBlock({ args }: DoStmt): Node[] | undefined {
  const options = allOf(args, "DefElem");
  const text = as(options.find(({ defname }) => defname === "as")?.arg, "String")?.sval ?? "";
  const language = as(options.find(({ defname }) => defname === "language")?.arg, "String")?.sval ?? "plpgsql";
  const body = language === "plpgsql" ? block.exec(splitText(text).join(";"))?.[1]?.replace(handler, "") : undefined;
  return body === undefined ? undefined : read(splitText(body).flatMap(unwrap).join(";"));
}

function unwrap(piece: string): string[] {
  const [start, asked] = condition.exec(piece) ?? [];
  if (start !== undefined) return [`SELECT ${asked}`, ...unwrap(piece.slice(start.length).trim())];
  const rest = piece.replace(bare, "").trim();
  return rest === piece || rest === "" ? [rest.replace(message, "SELECT ")] : unwrap(rest);
}

function splitText(text: string): string[] {
  return splitStatements(text).map((one) => one.text);
}

function read(sql: string): Node[] | undefined {
  try {
    return (parseSync(sql) as ParseResult).stmts?.flatMap(({ stmt }) => stmt ?? []);
  } catch {
    return undefined;
  }
}
