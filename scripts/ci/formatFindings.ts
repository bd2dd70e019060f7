import type { Surroundings } from "./surroundings.ts";

/** Leaves room for what stands around them. */
const LONGEST = 60_000;

/**
 * Findings as Markdown: a block in which nothing is a link, a mention or HTML, whatever the databases hold.
 *
 * @param says what `npm run drift` says, a finding a line and a last line that counts them
 */
export function formatFindings(stack: string, says: string, { runUrl }: Surroundings): string {
  // U+2028 and the like would be line ends to some readers, and colours or direction marks a disguise.
  const lines = says.split("\n").map((line) => line.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " "));
  const shown = cut(lines, stack);
  const fence = "`".repeat(
    Math.max(3, 1 + Math.max(0, ...[...shown.join("\n").matchAll(/`+/g)].map(([run]) => run.length))),
  );
  return [
    `What differs from what is declared for **${stack}**, as \`npm run drift -- --stack ${stack}\` saw it:`,
    "",
    `${fence}text`,
    ...shown,
    fence,
    "",
    "What each of them means and what to do: docs/operations.md, “See what was changed by hand”.",
    "",
    `<sub>${runUrl ? `From [this run](${runUrl}). ` : ""}The next run replaces this text, and closes the issue once nothing differs.</sub>`,
  ].join("\n");
}

/** The findings of a text that `formatFindings` made. */
export function listFindings(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => /^[≠?] /.test(line));
}

function cut(lines: string[], stack: string): string[] {
  let length = 0;
  const fitting = lines.filter((line) => (length += line.length + 1) <= LONGEST);
  const left = lines.length - fitting.length;
  return left === 0 ? lines : [...fitting, `… and ${left} lines more: npm run drift -- --stack ${stack}`];
}
