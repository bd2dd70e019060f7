import { html } from "hono/html";

/** Renders a table that scrolls by itself in a narrow window. @param rows `<tr>` elements @param amounts columns of numbers */
export function scrollTable(
  label: string,
  columns: readonly string[],
  rows: readonly unknown[],
  amounts: readonly string[] = [],
) {
  const head = (name: string) =>
    name === ""
      ? html`<td></td>`
      : html`<th scope="col" class="${amounts.includes(name) ? "amount" : ""}">${name}</th>`;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="${label}">
      <table>
        <thead>
          <tr>
            ${columns.map(head)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  `;
}

/** Renders facts, each with its name. */
export function factList(facts: Record<string, unknown>, kind = "") {
  const pair = ([name, value]: [string, unknown]) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<dl class="${kind}">${Object.entries(facts).map(pair)}</dl>`;
}
