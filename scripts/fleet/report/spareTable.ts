import { html } from "hono/html";

import { formatSize, withoutEnding } from "../formatFleet.ts";
import type { Difference } from "../difference.ts";
import type { Fleet, FleetPoolDatabase } from "../readFleet.ts";

/** Renders the pool databases without an orchestra's row above: the spare and the retired ones. */
export function spareTable({ pool, head }: Fleet) {
  const spares = pool.filter(({ state }) => state.kind !== "claimed");
  if (spares.length === 0) return "";
  return html`
    <section class="card spares" aria-labelledby="spares">
      <h2 id="spares">In the pool, without an orchestra</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Database</th>
            <th scope="col">State</th>
            <th scope="col">Version</th>
            <th scope="col">Size</th>
          </tr>
        </thead>
        <tbody>
          ${spares.map((spare) => rowOf(spare, head))}
        </tbody>
      </table>
    </section>
  `;
}

function rowOf({ id, state, reading, differences }: FleetPoolDatabase, head: string) {
  const { kind, label } = judge(state.kind === "retired", reading, differences, head);
  return html`
    <tr>
      <th scope="row">${id}</th>
      <td>
        <span class="badge ${kind}">${label}</span>
        ${
          differences.length === 0
            ? ""
            : html`<ul>
                ${differences.map(({ text }) => html`<li>${text}</li>`)}
              </ul>`
        }
      </td>
      <td>${reading.kind === "read" ? withoutEnding(reading.state.version) : ""}</td>
      <td>${formatSize(reading)}</td>
    </tr>
  `;
}

function judge(
  retired: boolean,
  reading: FleetPoolDatabase["reading"],
  differences: readonly Difference[],
  head: string,
): { kind: string; label: string } {
  if (retired || reading.kind === "retired") return { kind: "elsewhere", label: "Retired" };
  switch (reading.kind) {
    case "unreachable":
      return { kind: "unreachable", label: "Unreachable" };
    case "absent":
      return { kind: "waiting", label: "Not made yet" };
    case "empty":
      return { kind: "behind", label: "Never migrated" };
    case "read":
      return reading.state.version < head
        ? { kind: "behind", label: "Behind head" }
        : differences.length > 0
          ? { kind: "drift", label: "Drift" }
          : { kind: "ok", label: "Free and ready" };
  }
}
