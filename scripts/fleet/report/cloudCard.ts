import { html } from "hono/html";

import type { CloudSetting } from "../describeClouds.ts";

/** Renders DNS and the projects' settings: the declared value of each, how many have it, and which have another one. */
export function cloudCard(settings: readonly CloudSetting[]) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Table of settings">
      <table>
        <thead>
          <tr>
            ${["Setting", "Declared", "As declared", "Otherwise"].map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${settings.map(rowOf)}
        </tbody>
      </table>
    </div>
  `;
}

function rowOf({ name, declared, found }: CloudSetting) {
  const all = Object.entries(found);
  const others = all.filter(([, value]) => value !== declared);
  return html`
    <tr>
      <th scope="row">${name}</th>
      <td>${declared}</td>
      <td>${all.length === 0 ? "not read" : `${all.length - others.length} of ${all.length}`}</td>
      <td>
        <ul>
          ${others.map(([id, value]) => html`<li><b class="differs">≠ ${id}</b>: ${value}</li>`)}
        </ul>
      </td>
    </tr>
  `;
}
