import { createHash } from "node:crypto";

import type { Compared } from "../fleet/difference.ts";
import { formatBlock } from "./formatBlock.ts";
import type { CiContext } from "./ciContext.ts";

/**
 * Drift as Markdown.
 *
 * @param says what `npm run drift` says, a finding a line and a last line that counts them
 */
export function formatDriftIssue(stack: string, says: string, { runUrl }: CiContext): string {
  const command = `npm run drift -- --stack ${stack}`;
  return [
    `What differs from what is declared for **${stack}**, as \`${command}\` saw it:`,
    "",
    formatBlock(says, command),
    "",
    "What each of them means and what to do: docs/operations.md, “Drift”.",
    "",
    `<sub>${runUrl ? `From [this run](${runUrl}). ` : ""}The next run replaces this text, and closes the issue once nothing differs.</sub>`,
  ].join("\n");
}

/** Returns a hidden line with a digest of each finding, by which the next run tells what is new. */
export function markDifferences(checked: readonly Compared[]): string {
  const digests = checked.flatMap(({ id, differences }) =>
    differences.map((one) =>
      createHash("sha256")
        .update(JSON.stringify([id, one]))
        .digest("hex")
        .slice(0, 8),
    ),
  );
  return `<!-- stagesub-differences ${digests.slice(0, mostMarked).join(" ")} -->`;
}

/** GitHub takes 65,536 characters, and the text may have 60,000. */
const mostMarked = 400;

/** Returns the digests that {@link markDifferences} wrote. */
export function readMarkedDifferences(text: string): string[] {
  return /^<!-- stagesub-differences ([0-9a-f ]*) -->$/m.exec(text)?.[1]?.split(" ") ?? [];
}
