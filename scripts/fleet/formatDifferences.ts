import { type Colours, pc } from "../cli/colours.ts";

import type { Compared, Difference } from "./difference.ts";

/** Formats one line per difference: ≠ where something is not as declared, ? where it could not be looked at. */
export function formatDifferences(parts: readonly Compared[], colours: Colours = pc): string[] {
  return parts.flatMap(({ id, differences }) =>
    differences.map(({ kind, text }) =>
      kind === "unseen" ? colours.red(`? ${id}: could not be looked at: ${text}`) : colours.yellow(`≠ ${id}: ${text}`),
    ),
  );
}

/** Formats the answer of `drift`: the lines, how many parts there are of each kind, and what to do. */
export function formatDrift(parts: readonly Compared[], stack: string, colours: Colours = pc): string {
  const count = (kind: Difference["kind"]) =>
    parts.filter(({ differences }) => differences.some((difference) => difference.kind === kind)).length;
  const [drifted, unseen] = [count("drift"), count("unseen")];
  if (drifted + unseen === 0) return `Nothing differs from what is declared for ${stack}.`;
  const remedy =
    drifted === 0 ? "" : ` \`pulumi up --refresh -s ${stack}\` puts right what is ours and names what it leaves.`;
  return [...formatDifferences(parts, colours), `${drifted} with drift, ${unseen} not looked at.${remedy}`].join("\n");
}
