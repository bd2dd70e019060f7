import { sha256 } from "../../infra/util/digest.ts";
import type { Compared } from "../fleet/difference.ts";
import type { CiContext } from "./ciContext.ts";
import { formatBlock } from "./posts.ts";

/** GitHub takes 65,536 characters, and the text may have 60,000. */
const mostMarked = 400;

/**
 * Formats drift as Markdown.
 *
 * @param output of `./stagesub drift`: a line for each difference, and a last line that counts them
 */
export function formatDriftIssue(stack: string, output: string, { runUrl }: CiContext): string {
  const command = `./stagesub drift --stack ${stack}`;
  return [
    `Differences between **${stack}** and its declaration, as \`${command}\` found them:`,
    "",
    formatBlock(output, command),
    "",
    "Their meaning and the remedies: docs/operations.md, “Drift”.",
    "",
    `<sub>${runUrl ? `From [this run](${runUrl}). ` : ""}The next run replaces this text, and closes the issue once nothing differs.</sub>`,
  ].join("\n");
}

/** Returns a hidden line with a digest of each difference, by which the next run counts the new ones. */
export function markDifferences(checked: readonly Compared[]): string {
  const digests = checked.flatMap(({ id, differences }) =>
    differences.map((one) => sha256(JSON.stringify([id, one])).slice(0, 8)),
  );
  return `<!-- stagesub-differences ${digests.slice(0, mostMarked).join(" ")} -->`;
}

/** Returns the digests that {@link markDifferences} wrote. */
export function readMarkedDifferences(text: string): string[] {
  return /^<!-- stagesub-differences ([0-9a-f ]*) -->$/m.exec(text)?.[1]?.split(" ") ?? [];
}
