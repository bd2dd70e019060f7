import { html } from "hono/html";

import type { Month } from "../countMonths.ts";

/** Renders the months in which orchestras were set up, the newest first, with a bar for all until then. */
export function growthTable(growth: readonly Month[]) {
  const all = growth.at(-1)?.total;
  if (all === undefined) return html`<p class="quiet">No set-up date yet.</p>`;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Growth by month">
      <table>
        <thead>
          <tr>
            <th scope="col">Month</th>
            <th scope="col" class="amount">Set up</th>
            <th scope="col" class="amount">In all</th>
            <td></td>
          </tr>
        </thead>
        <tbody>
          ${growth.toReversed().map(
            ({ month, added, total }) => html`
              <tr>
                <th scope="row">${month}</th>
                <td class="amount">${added}</td>
                <td class="amount">${total}</td>
                <td><meter max="${all}" value="${total}" aria-hidden="true"></meter></td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}
