import type { TextProblem } from "../../util/readTextFile.ts";
import { findComments, lineCounter } from "./sqlStatements.ts";

/** A migration's parts, divided by their marks. */
export interface Sections {
  /** The text above `-- Up Migration`; empty in a file without that mark, all of which is Up. */
  header: string;
  /** The part that migrates, with its mark; `upLine` is its first line in the file. */
  up: string;
  upLine: number;
  isMarked: boolean;
  /** The down migration, with its mark. */
  down?: { text: string; line: number; /** The text behind the words of the mark. */ remark: string };
  problems: TextProblem[];
}

/** The exact form of the marks; a remark may follow a colon. */
const exact = /^-- (Up|Down) Migration(?::.*)?\s*$/;

/** Text that somebody may have meant as a mark, or that node-pg-migrate itself would take for one. */
const nearly = /(?:--|\/\*)[ \t*-]*(up|down)[ \t_-]*migrations?\b[^\r\n]*/gi;

/**
 * Reads the marks of a migration for everything that runs, reviews or judges it. A mark is a comment of its own at the beginning of a line.
 * Refuses a mark that is written differently, or stands inside a string, a function's body or a block comment.
 */
export function readSections(text: string): Sections {
  const comments = findComments(text);
  const starts = new Set(comments.map(({ start }) => start));
  const lineOf = lineCounter(text);
  const problems: TextProblem[] = [];
  const found: Record<string, { at: number; line: number; mark: string }> = {};
  for (const match of text.matchAll(nearly)) {
    // Prose about the marks is allowed.
    if (comments.some(({ start, end }) => start < match.index && match.index < end && text.startsWith("--", start)))
      continue;
    const line = lineOf(match.index);
    const name = match[1]!.toLowerCase() === "up" ? "Up" : "Down";
    const isAlone = starts.has(match.index) && (match.index === 0 || text[match.index - 1] === "\n");
    if (!isAlone || !exact.test(match[0]))
      problems.push({
        line,
        reason: `expected "-- ${name} Migration" as a comment at the very beginning of its line, got ${show(match[0], isAlone)}`,
      });
    else if (found[name])
      problems.push({ line, reason: `"-- ${name} Migration" stands in line ${found[name].line} already` });
    else found[name] = { at: match.index, line, mark: match[0] };
  }
  const { Up: up, Down: down } = found;
  if (up && down && down.at < up.at)
    problems.push({ line: down.line, reason: '"-- Up Migration" must come before "-- Down Migration"' });
  const from = up?.at ?? 0;
  const isBehind = down !== undefined && down.at >= from;
  return {
    header: up ? text.slice(0, from) : "",
    up: text.slice(from, isBehind ? down.at : undefined),
    upLine: up?.line ?? 1,
    isMarked: up !== undefined,
    ...(isBehind && {
      down: { text: text.slice(down.at), line: down.line, remark: down.mark.replace(/^-- Down Migration/, "").trim() },
    }),
    problems,
  };
}

function show(text: string, isAlone: boolean): string {
  const shown = JSON.stringify(text.trim().slice(0, 60));
  return isAlone ? shown : `${shown} indented, or inside something else`;
}
