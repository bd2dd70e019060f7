import { isMap, isScalar } from "yaml";
import { escapeInvisible, findUnprintable, shorten } from "../../util/text.ts";
import { readYaml } from "./readSettings.ts";
import { templatePlaceholders, type Placeholder, type TemplateName } from "./templatePlaceholders.ts";

/** The languages in which every template exists. */
export const languages = ["sv", "en"] as const;

/** One e-mail in one language, as a row of `"EmailTemplate"`. */
export interface TemplateSeed {
  /** A name such as `password-reset`. */
  name: string;
  language: string;
  subject: string;
  /** Markdown with placeholders like `{{musicianName}}`. */
  body: string;
}

/** The required files: `templates/welcome.sv.md`, … */
export const templateFiles: { file: string; name: TemplateName; language: string }[] = (
  Object.keys(templatePlaceholders) as TemplateName[]
).flatMap((name) => languages.map((language) => ({ file: `templates/${name}.${language}.md`, name, language })));

/** Reads one template, and reports each problem with its line. */
export function readTemplate(
  text: string,
  { name, language }: { name: TemplateName; language: string },
  report: (line: number, problem: string) => void,
): TemplateSeed | undefined {
  const lines = text.split("\n");
  const isMark = (line: string | undefined) => line?.trimEnd() === "---";
  const end = lines.findIndex((line, index) => index > 0 && isMark(line));
  if (!isMark(lines[0]) || end < 0) {
    report(1, 'expected front matter between two lines "---" with the subject, then the text of the e-mail.');
    return undefined;
  }
  const front = lines.slice(1, end).join("\n");
  const content = lines.slice(end + 1).join("\n");
  const subject = readSubject(front, report);
  const body = content.trim();
  const bodyLine = text.slice(0, text.length - content.trimStart().length).split("\n").length;
  if (body === "") report(bodyLine, "expected the text of the e-mail below the front matter, got none.");
  const known = templatePlaceholders[name];
  const strange = findUnprintable(content);
  if (strange !== undefined)
    report(
      end + 1 + content.slice(0, content.indexOf(strange)).split("\n").length,
      `expected text that prints, got ${escapeInvisible(strange)}: remove it.`,
    );
  checkPlaceholders(front, 2, known, report);
  checkPlaceholders(body, bodyLine, known, report);
  for (const placeholder of known) {
    if (placeholder.required && !new RegExp(`(?<!\\{)\\{\\{${placeholder.name}\\}\\}(?!\\})`).test(body))
      report(bodyLine, `expected {{${placeholder.name}}} somewhere in the text: it is ${placeholder.meaning}.`);
  }
  return { name, language, subject, body: `${body}\n` };
}

function readSubject(front: string, report: (line: number, problem: string) => void): string {
  const yaml = readYaml(front, (line, problem) => report(1 + line, problem));
  if (!yaml) return "";
  const { document, lineOf } = yaml;
  const pairs = isMap(document.contents) ? document.contents.items : [];
  for (const { key } of pairs) {
    const found = isScalar(key) ? String(key.value) : "";
    if (found !== "subject")
      report(1 + lineOf(key), `unknown key ${JSON.stringify(found)}: only "subject" goes into the front matter.`);
  }
  const node = document.get("subject", true);
  const subject = document.get("subject");
  if (isScalar(node) && /^[ \t]+#/.test(front.slice(node.range![1])))
    report(2, "expected the whole subject in quotes, got a # in it, behind which YAML reads a comment.");
  // A mail's header ends with its line.
  const isLine = typeof subject === "string" && !/[\n\t\p{Zl}\p{Zp}]/u.test(subject) && !findUnprintable(subject);
  if (isLine && /[^\s\p{Cf}\p{M}]/u.test(subject) && subject.length <= longestSubject) return subject.trim();
  const got = subject === undefined ? "none" : escapeInvisible(shorten(JSON.stringify(subject), 80));
  report(
    2,
    `expected a subject of one line of at most ${longestSubject} characters, got ${got}. With a colon or {{ at its start, put it in quotes.`,
  );
  return "";
}

/** Mail programs cut longer ones. */
const longestSubject = 250;

function checkPlaceholders(
  text: string,
  firstLineNumber: number,
  known: readonly Placeholder[],
  report: (line: number, problem: string) => void,
): void {
  text.split("\n").forEach((line, index) => {
    const wellFormed = /(?<!\{)\{\{([A-Za-z]+)\}\}(?!\})/g;
    for (const [, name] of line.matchAll(wellFormed)) {
      if (known.some((placeholder) => placeholder.name === name)) continue;
      const allowed = known.map((placeholder) => placeholder.name).join(", ");
      report(firstLineNumber + index, `the app fills in no {{${name}}} here. Use one of: ${allowed}.`);
    }
    if (/\{\{|\}\}/.test(line.replace(wellFormed, "")))
      report(
        firstLineNumber + index,
        "expected a placeholder like {{musicianName}}, without spaces, got braces without one.",
      );
  });
}
