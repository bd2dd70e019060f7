import type { ParsedFile, ParsedStatement } from "./parseStatements.ts";

/** `-- accept: <rule>: <reason>`, as somebody has written it. */
export interface Acceptance {
  file: string;
  line: number;
  text: string;
  rule: string;
  /** Empty where none is given. */
  reason: string;
  /** The statement right below, if it is there. */
  statement: ParsedStatement | undefined;
}

/** Anything that looks like an acceptance counts as one, so that a slip in it is told of and not passed over. */
const pattern = /^--\s*accepts?\b\s*:?\s*([\w-]*)\s*(?::\s*(.*))?$/i;

/** The acceptances of a file. They stand alone on their lines, in the comment right above their statement. */
export function readAcceptances({ statements, comments }: ParsedFile): Acceptance[] {
  const alone = new Map(comments.filter((comment) => comment.alone).map((comment) => [comment.line, comment]));
  return comments.flatMap(({ file, line, text, alone: isAlone }) => {
    const match = pattern.exec(text.trim());
    if (!match) return [];
    let below = line + 1;
    for (let next = alone.get(below); next; next = alone.get(below)) below = next.lastLine + 1;
    const statement = isAlone ? statements.find((one) => one.line === below) : undefined;
    return [
      {
        file,
        line,
        text: text.trim(),
        rule: (match[1] ?? "").toLowerCase(),
        reason: (match[2] ?? "").trim(),
        statement,
      },
    ];
  });
}
