import { existsSync } from "node:fs";
import path from "node:path";
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import type { YAMLParseError } from "yaml";
import { readTextFile } from "../util/readTextFile.ts";
import { checkForm, isSecure } from "./checks/checkForm.ts";
import { checkTopLevel } from "./checks/checkTopLevel.ts";
import type { ConfigProblem, PathSegment, Place, Problem, SourceFile } from "./problem.ts";
import { stackFileError } from "./stackFileError.ts";

/** The text of a stack's file with places for its values. */
export interface Source {
  document: Document;
  /** Invalid YAML, forms on which readers of YAML disagree, and foreign keys beside `config:`. Pulumi reads a file without problems alike. */
  problems: Problem[];
  /** Returns the place of a finding: its value or key, or the nearest existing one around it. */
  locate(finding: Pick<ConfigProblem, "path" | "atKey">): Place | undefined;
  /** Returns whether the value at a path, or anything around it, is encrypted; undefined for a path that the file lacks. */
  isEncrypted(path: readonly PathSegment[]): boolean | undefined;
}

/** Returns a stack's file as messages name it: "stacks/Pulumi.local.yaml". */
export function nameStackFile(stack: string): string {
  return `stacks/Pulumi.${stack}.yaml`;
}

/**
 * Reads the text of a stack's file; undefined where there is none.
 *
 * @param checkout the folder of Pulumi.yaml
 * @throws {UserError} where it is no text
 */
export function readSourceFile(stack: string, checkout: string): SourceFile | undefined {
  const name = nameStackFile(stack);
  const file = path.join(checkout, name);
  if (!existsSync(file)) return undefined;
  const read = readTextFile(file);
  if ("text" in read) return { path: name, text: read.text };
  const { line, expected, got, remedy } = read;
  throw stackFileError(stack, [{ path: name, at: { file: name, line, column: 1 }, expected, got, remedy }]);
}

/** Parses the text of a stack's file. In one that is no YAML, nothing has a place. */
export function parseSource(file: SourceFile): Source {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false, keepSourceTokens: true });
  const at = (node: unknown) => {
    const { line, col } = lines.linePos((node as Partial<Node> | null)?.range?.[0] ?? 0);
    return { file: file.path, line, column: col };
  };
  let problems = findForeignSigns(file);
  if (problems.length === 0) problems = explainYamlErrors(document.errors, file, lines);
  if (problems.length === 0) problems = [...checkTopLevel(document, file.path, at), ...checkForm(document, file, at)];
  return {
    document,
    problems,
    locate({ path, atKey }) {
      const steps = walk(document, path);
      const last = steps.at(-1);
      const isValue = steps.length === path.length + 1 && !atKey && isNode(last?.value);
      return last && at(isValue ? last.value : last.key);
    },
    isEncrypted(path) {
      const steps = walk(document, path);
      if (steps.some(({ value }) => isSecure(value))) return true;
      return steps.length === path.length + 1 ? false : undefined;
    },
  };
}

/**
 * Finds what Go's yaml.v3 refuses or takes for the end of a line where YAML 1.2 does not, such as U+2028, behind which a comment would go on
 * as configuration (https://github.com/go-yaml/yaml/blob/v3/yamlprivateh.go), and directives, which it mostly refuses. yaml.v3 refuses
 * tabs in some places only; this program refuses them in all.
 */
function findForeignSigns({ path: file, text }: SourceFile): Problem[] {
  // Pulumi takes one byte order mark away.
  const contents = text.replace(/^\ufeff/, " ").split("\n");
  return contents.flatMap((content, index): Problem[] => {
    const sign = foreignSign.exec(content);
    const base = { path: file, at: { file, line: index + 1, column: (sign?.index ?? 0) + 1 } };
    if (content.startsWith("%"))
      return [{ ...base, expected: "YAML without directives", got: "a line that begins with %", remedy: "remove it" }];
    if (!sign) return [];
    const expected = "signs that all readers of YAML take alike";
    if (sign[0] === "\t")
      return [{ ...base, expected, got: "a tab", remedy: "write spaces; inside double quotes a tab is \\t" }];
    const code = sign[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return [{ ...base, expected, got: `U+${code}`, remedy: `remove it; inside double quotes it is \\u${code}` }];
  });
}

const foreignSign = /(?!\r$)[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/** Turns YAML's own errors into problems with the line and a caret; keeps the first of a line, because the others echo it. */
function explainYamlErrors(errors: readonly YAMLParseError[], file: SourceFile, lines: LineCounter): Problem[] {
  const byLine = new Map<number, Problem>();
  for (const { code, pos, message } of errors) {
    // The parser notices an unclosed quote at the end of the file, behind the last line with any text.
    const { line, col: column } = lines.linePos(Math.min(pos[0], file.text.trimEnd().length));
    const text = maskSecrets(file.text.split("\n")[line - 1] ?? "");
    const problem = {
      path: file.path,
      at: { file: file.path, line, column },
      expected: "YAML",
      got: `${text}\n${" ".repeat(Math.max(0, column - 1))}^`,
      why: message,
      remedy: remedies[code] ?? "correct this line; texts that hold `: `, ` #` or begin with a sign need quotes",
    };
    if (!byLine.has(line)) byLine.set(line, problem);
  }
  return [...byLine.values()];
}

const remedies: Partial<Record<YAMLParseError["code"], string>> = {
  DUPLICATE_KEY: "remove or rename one of the two entries",
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

type Step = Pick<Pair, "key" | "value">;

/** Returns the entries on the way to a path, `config:` first, as far as the file has them. */
function walk({ contents }: Document, path: readonly PathSegment[]): Step[] {
  const steps: Step[] = [];
  let parent: unknown = contents;
  for (const segment of ["config", ...path]) {
    // Pulumi takes a key without a namespace as one of the project's.
    const found =
      step(parent, segment) ?? (steps.length === 1 && step(parent, String(segment).replace(/^stagesub:/, "")));
    if (!found) break;
    steps.push(found);
    parent = found.value;
  }
  return steps;
}

function step(parent: unknown, segment: PathSegment): Step | undefined {
  if (isSeq(parent) && typeof segment === "number") {
    const item = parent.items[segment];
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap(parent)) return undefined;
  return parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
}
