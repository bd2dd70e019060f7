import { isRule } from "./rules.ts";
import type { ParsedFile, ParsedStatement } from "./parseFile.ts";

/** `-- accept: <rule>: <reason>`, as somebody has written it. */
export interface Acceptance {
  line: number;
  text: string;
  rule: string;
  /** Empty where none is given. */
  reason: string;
  /** The statement right below, if it is there. */
  statement: ParsedStatement | undefined;
}

const exact = /^-- accept: ([a-z-]+)(?:: *(.*))?$/;

/** A comment that was most likely meant as an acceptance: it covers nothing, and is reported rather than ignored. */
const nearly = /^--+\s*accept(?:s|ed)?(?:\s*:\s*|\s+)([\w-]*)/i;

/** Reads the acceptances of a file. They stand alone on their lines, in the comment right above their statement. */
export function readAcceptances({ statements, comments }: ParsedFile): Acceptance[] {
  // An acceptance covers the first statement of a line.
  const byLine = new Map([...statements].reverse().map((statement) => [statement.line, statement]));
  const alone = new Map(comments.filter((comment) => comment.alone).map((comment) => [comment.line, comment]));
  return comments.flatMap(({ line, text, alone: isAlone }) => {
    const match = exact.exec(text.trim());
    if (!match) return readNearly(line, text.trim());
    let below = line + 1;
    for (let next = alone.get(below); next; next = alone.get(below)) below = next.lastLine + 1;
    const statement = isAlone ? byLine.get(below) : undefined;
    const [, rule = "", reason = ""] = match;
    return [{ line, text: text.trim(), rule, reason: reason.trim(), statement }];
  });
}

/** Reads a slip: a colon right behind "accepts", or the name of a rule. Other prose may well say "accepts". */
function readNearly(line: number, text: string): Acceptance[] {
  const match = nearly.exec(text);
  if (!match || !(isRule(match[1]!.toLowerCase()) || /^--+\s*accept(?:s|ed)?\s*:/i.test(text))) return [];
  return [{ line, text, rule: match[1]!, reason: "", statement: undefined }];
}
