import pc from "picocolors";

import type { Checked } from "./checkFleet.ts";

type Colours = ReturnType<typeof pc.createColors>;

/** One line per difference (≠) and per place that was not reached (?), then how many there are and what to do. */
export function formatChecked(checked: readonly Checked[], stack: string, colours: Colours = pc): string {
  const lines = checked.flatMap(({ id, drift, unreachable }) => [
    ...drift.map((text) => colours.yellow(`≠ ${id}: ${text}`)),
    ...unreachable.map((text) => colours.red(`? ${id}: could not be looked at: ${text}`)),
  ]);
  const drifted = checked.filter(({ drift }) => drift.length > 0).length;
  const unseen = checked.filter(({ unreachable }) => unreachable.length > 0).length;
  if (drifted + unseen === 0) return `Nothing differs from what is declared for ${stack}.`;
  const left =
    drifted === 0 ? "" : ` \`pulumi up --refresh -s ${stack}\` puts right what is ours and names what it leaves.`;
  return [...lines, `${drifted} with drift, ${unseen} not looked at.${left}`].join("\n");
}
