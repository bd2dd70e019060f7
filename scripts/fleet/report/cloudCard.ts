import { html } from "hono/html";

import type { CloudSetting } from "../describeClouds.ts";
import { scrollTable } from "./scrollTable.ts";

/** Renders DNS and the projects' settings: the declared value of each, how many have it, and which have another one. */
export function cloudCard(settings: readonly CloudSetting[]) {
  return scrollTable("Table of settings", ["Setting", "Declared", "As declared", "Otherwise"], settings.map(rowOf));
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
