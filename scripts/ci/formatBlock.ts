/** GitHub's limit, less room for the text around a block. */
const LONGEST = 60_000;

/**
 * A Markdown block in which nothing is a link, a mention or HTML, whatever a database or a file holds; cut where it is too long.
 *
 * @param more the command that shows what was cut
 */
export function formatBlock(text: string, more?: string): string {
  // U+2028 and the like would be line ends to some readers, and colours or direction marks a disguise.
  const lines = text.split("\n").map((line) => line.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " "));
  const shown = cut(lines, more);
  const runs = [...shown.join("\n").matchAll(/`+/g)].map(([run]) => run.length);
  const fence = "`".repeat(Math.max(3, 1 + Math.max(0, ...runs)));
  return [`${fence}text`, ...shown, fence].join("\n");
}

function cut(lines: string[], more: string | undefined): string[] {
  let length = 0;
  const fitting = lines.filter((line) => (length += line.length + 1) <= LONGEST);
  const left = lines.length - fitting.length;
  return left === 0 ? lines : [...fitting, `… and ${left} lines more${more ? `: ${more}` : ""}`];
}
