import type { LineCounter, YAMLParseError } from "yaml";
import type { Problem, SourceFile } from "./problem.ts";

/** Turns YAML's own errors into problems with the line and a caret; keeps the first of a line, because the others echo it. */
export function explainYamlErrors(errors: readonly YAMLParseError[], file: SourceFile, lines: LineCounter): Problem[] {
  const byLine = new Map<number, Problem>();
  for (const error of errors) {
    // The parser notices an unclosed quote at the end of the file, behind the last line with any text.
    const { line, col } = lines.linePos(Math.min(error.pos[0], file.text.trimEnd().length));
    if (!byLine.has(line)) byLine.set(line, explainYamlError(error, file, line, col));
  }
  return [...byLine.values()];
}

function explainYamlError(error: YAMLParseError, file: SourceFile, line: number, column: number): Problem {
  const text = maskSecrets(file.text.split("\n")[line - 1] ?? "");
  return {
    path: file.path,
    at: { file: file.path, line, column },
    expected: "YAML",
    got: `${text}\n${" ".repeat(Math.max(0, column - 1))}^`,
    why: error.message,
    remedy: remedies[error.code] ?? "correct this line; texts that hold `: `, ` #` or begin with a sign need quotes",
  };
}

const remedies: Partial<Record<YAMLParseError["code"], string>> = {
  DUPLICATE_KEY: "remove or rename one of the two entries",
  TAB_AS_INDENT: "indent with spaces instead of tabs",
  BAD_INDENT: "align this line with the entries that it belongs to",
  MISSING_CHAR: "close the quote, bracket or brace that was opened",
};

/** Shows the line's keys and brackets; everything else might be a secret, and is covered at the same width so that the caret stays in place. */
function maskSecrets(line: string): string {
  const word = /(?<=^\s*(?:- *)*|[{,] *)(["']?)[A-Za-z][\w:-]*\1:(?=\s|$)|[^\s{}[\],]+/g;
  return line.replace(word, (text, quote: string | undefined) =>
    quote === undefined ? "*".repeat(text.length) : text,
  );
}
