import { formatBlock } from "./formatBlock.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Drift as Markdown.
 *
 * @param says what `npm run drift` says, a finding a line and a last line that counts them
 */
export function formatFindings(stack: string, says: string, { runUrl }: Surroundings): string {
  const command = `npm run drift -- --stack ${stack}`;
  return [
    `What differs from what is declared for **${stack}**, as \`${command}\` saw it:`,
    "",
    formatBlock(says, command),
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
