import { html } from "hono/html";

import type { Month } from "../countMonths.ts";
import { scrollTable } from "./scrollTable.ts";

/** Renders the months in which orchestras were set up, the newest first, with a bar for all until then. */
export function growthTable(growth: readonly Month[]) {
  const all = growth.at(-1)?.total;
  if (all === undefined) return html`<p class="quiet">No set-up date yet.</p>`;
  const rows = growth.toReversed().map(
    ({ month, added, total }) => html`
      <tr>
        <th scope="row">${month}</th>
        <td class="amount">${added}</td>
        <td class="amount">${total}</td>
        <td><meter max="${all}" value="${total}" aria-hidden="true"></meter></td>
      </tr>
    `,
  );
  return scrollTable("Growth by month", ["Month", "Set up", "In all", ""], rows, ["Set up", "In all"]);
}
