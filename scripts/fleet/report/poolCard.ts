import { html } from "hono/html";

import type { PoolReport } from "../describePool.ts";
import { formatSize, withoutEnding } from "../formatFleet.ts";
import type { FleetPoolDatabase } from "../readFleet.ts";
import { factList, scrollTable } from "./scrollTable.ts";

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
  const rows = waiting.map((one) => rowOf(one, head));
  return html`
    <meter max="${max}" value="${databases.length}" aria-label="Numbers of the pool that are taken"></meter>
    ${factList(parts, "counts")} ${pool.warnings.map((warning) => html`<p class="alert drift">${warning}</p>`)}
    ${waiting.length === 0 ? "" : scrollTable("Pool databases without an orchestra", columns, rows)}
  `;
}

function rowOf(database: FleetPoolDatabase, head: string) {
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
