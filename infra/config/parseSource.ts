import { existsSync } from "node:fs";
import path from "node:path";
import { type Document, LineCounter, type Node, parseDocument } from "yaml";
import { readTextFile } from "../util/readTextFile.ts";
import { checkForm } from "./checks/checkForm.ts";
import { checkTopLevel } from "./checks/checkTopLevel.ts";
import { explainYamlErrors } from "./explainYamlErrors.ts";
import type { Place, Problem, SourceFile } from "./problem.ts";
import { stackFileError } from "./stackFileError.ts";

interface ParsedSource {
  document: Document;
  /** Returns the place of a node. */
  at: (node: unknown) => Place;
  /** Invalid YAML, forms on which readers of YAML disagree, and foreign keys beside `config:`. */
  problems: Problem[];
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

/** Parses the text of a stack's file. Pulumi reads a file without problems alike. */
export function parseSource(file: SourceFile): ParsedSource {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false, keepSourceTokens: true });
  const at = (node: unknown) => {
    const { line, col } = lines.linePos((node as Partial<Node> | null)?.range?.[0] ?? 0);
    return { file: file.path, line, column: col };
  };
  let problems = findForeignSigns(file);
  if (problems.length === 0) problems = explainYamlErrors(document.errors, file, lines);
  if (problems.length === 0) problems = [...checkTopLevel(document, file.path, at), ...checkForm(document, file, at)];
  return { document, at, problems };
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
