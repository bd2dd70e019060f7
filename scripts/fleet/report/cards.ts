import { html } from "hono/html";

import type { CloudSetting } from "../compareClouds.ts";
import type { Month, PoolReport } from "../describePool.ts";
import { listNames } from "../../../infra/util/text.ts";
import type { Changes, Snapshot } from "./snapshot.ts";
import { formatSize, withoutEnding } from "../formatFleet.ts";
import type { FleetPoolDatabase } from "../readFleet.ts";

/** Renders the pool: its parts, its warnings, and the databases that hold no orchestra, which have no row among the orchestras. */
export function poolCard(pool: PoolReport, head: string) {
  const { claimed, free, retired, max, databases } = pool;
  if (databases.length === 0 && max === 0)
    return html`<p class="quiet">The stack file declares no pool (stagesub:pool).</p>`;
  const parts = {
    Claimed: claimed,
    Free: free,
    "Not ready": databases.length - claimed - free - retired,
    Retired: retired,
    "Can still be made": Math.max(0, max - databases.length),
  };
  const waiting = databases.filter(({ state }) => state.kind !== "claimed");
  const columns = ["Database", "Health", "Version", "Size"];
  const rows = waiting.map((one) => poolRow(one, head));
  return html`
    <meter max="${max}" value="${databases.length}" aria-label="Numbers of the pool that are taken"></meter>
    ${factList(parts, "counts")} ${pool.warnings.map((warning) => html`<p class="alert drift">${warning}</p>`)}
    ${waiting.length === 0 ? "" : scrollTable("Pool databases without an orchestra", columns, rows)}
  `;
}

function poolRow(database: FleetPoolDatabase, head: string) {
  const { id, reading, differences } = database;
  const [kind, label] = judge(database, head);
  return html`
    <tr>
      <th scope="row">${id}</th>
      <td>
        <span class="badge ${kind}">${label}</span>
        <ul>
          ${differences.map(({ text }) => html`<li>${text}</li>`)}
        </ul>
      </td>
      <td>${reading.kind === "read" ? withoutEnding(reading.state.version) : ""}</td>
      <td class="amount">${formatSize(reading)}</td>
    </tr>
  `;
}

function judge({ reading, differences }: FleetPoolDatabase, head: string): [kind: string, label: string] {
  switch (reading.kind) {
    case "retired":
      return ["", "Retired"];
    case "unreachable":
      return ["unreachable", "Unreachable"];
    case "absent":
      return ["", "Not made yet"];
    case "empty":
      return ["behind", "Never migrated"];
    case "read":
      if (reading.state.version < head) return ["behind", "Behind head"];
      return differences.length > 0 ? ["drift", "Drift"] : ["ok", "Free"];
  }
}

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

/** Renders the changes since the previous report, and at a click those before. */
export function historyCard({ at, history }: Snapshot, previous: Snapshot | undefined) {
  if (!previous) return html`<p class="quiet">The first report in this file. The next one says what has changed.</p>`;
  const latest = history.find((entry) => entry.at === at);
  const earlier = history.filter((entry) => entry !== latest);
  const before = html`
    <details>
      <summary>${earlier.length === 1 ? "1 earlier report" : `${earlier.length} earlier reports`} with changes</summary>
      ${earlier.map(
        (entry) =>
          html`<h3>Until ${formatTime(entry.at)}</h3>
            ${listOf(entry)}`,
      )}
    </details>
  `;
  return html`
    <p>
      ${latest ? "Since" : "Nothing has changed since"} the report of ${formatTime(previous.at)}${latest ? ":" : "."}
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="List of changes">
      ${latest ? listOf(latest) : ""} ${earlier.length > 0 ? before : ""}
    </div>
  `;
}

function listOf({ changes }: Changes) {
  return html`
    <ul>
      ${changes.map(({ text, ids }) => html`<li><b>${listNames(ids, 10)}</b>: ${text}</li>`)}
    </ul>
  `;
}

/** "2026-11-22 23:10 UTC" */
export function formatTime(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}

/** Renders DNS and the projects' settings: the declared value of each, how many have it, and which have another one. */
export function cloudCard(settings: readonly CloudSetting[]) {
  return scrollTable(
    "Table of settings",
    ["Setting", "Declared", "As declared", "Otherwise"],
    settings.map(settingRow),
  );
}

function settingRow({ name, declared, found }: CloudSetting) {
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

/** Renders a table that scrolls by itself in a narrow window. @param rows `<tr>` elements @param amounts columns of numbers */
function scrollTable(
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
