import { escapeInvisible } from "../../infra/util/text.ts";

/**
 * Escapes a text, in one line, so that GitHub shows it as it is: no markup, no HTML, no link, no mention of a person or an issue.
 *
 * @param isFirst whether a line begins with it
 */
export function escapeMarkdown(text: string, isFirst = true): string {
  return (
    oneLine(text)
      .replace(/[\\`*_[\]~$|]/g, "\\$&")
      // Marks of a list, a heading or a rule, which count only at the beginning.
      .replace(/^(\d{0,9})([-+#.)=])/, isFirst ? "$1\\$2" : "$&")
      // GitHub makes links of addresses and pictures of emoji names.
      .replace(/:(?=\S)|\.(?<=www\.)/gi, "\\$&")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      // GitHub finds @name, #1 and GH-1 in the finished page, but not around an invisible word joiner.
      .replace(/@|#|\bGH(?=-\d)/gi, "$&\u2060")
  );
}

/** Formats a text as a code span. */
export function codeSpan(text: string): string {
  const line = oneLine(text) || " ";
  const fence = "`".repeat(longestRun(line) + 1);
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** Formats a text of many lines as a block that nothing inside it ends. */
export function codeBlock(text: string, language: string): string {
  const shown = escapeInvisible(text.replaceAll("\r\n", "\n"));
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

function oneLine(text: string): string {
  return escapeInvisible(text.replace(/\s+/g, " ").trim());
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}
