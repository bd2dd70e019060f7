import { html } from "hono/html";

import type { PoolReport } from "../describePool.ts";

const radius = 84;
const center = { x: 100, y: 98 };

/** Draws the pool as a gauge: the used, free and retired parts of its maximum; its warnings below. */
export function poolGauge(pool: PoolReport) {
  if (pool.databases.length === 0 && pool.max === 0)
    return html`<p class="quiet">The stack file declares no pool (stagesub:pool).</p>`;
  const { used, free, retired, max, databases } = pool;
  const parts = [
    { kind: "used", label: "Used", count: used },
    { kind: "free", label: "Free and ready", count: free },
    { kind: "unready", label: "Not ready", count: databases.length - used - free - retired },
    { kind: "retired", label: "Retired", count: retired },
    { kind: "room", label: "Can still be made", count: Math.max(0, max - databases.length) },
  ];
  const whole = Math.max(
    1,
    parts.reduce((sum, { count }) => sum + count, 0),
  );
  let before = 0;
  const arcs = parts.map(({ kind, count }) => {
    const from = before / whole;
    before += count;
    return count === 0 ? "" : html`<path class="${kind}" d="${arc(from, before / whole)}" />`;
  });
  const shown = parts.filter(({ kind, count }) => count > 0 || kind === "free");
  return html`
    <div class="gauge">
      <svg
        viewBox="0 0 200 108"
        role="img"
        aria-label="The pool: ${shown.map(({ label, count }) => `${label.toLowerCase()} ${count}`).join(", ")}."
      >
        ${arcs}
        <text class="number" x="${center.x}" y="84">${free}</text>
        <text class="label" x="${center.x}" y="102">free of ${max}</text>
      </svg>
      <dl>
        ${shown.map(
          ({ kind, label, count }) => html`
            <div>
              <dt><span class="swatch ${kind}"></span>${label}</dt>
              <dd>${count}</dd>
            </div>
          `,
        )}
      </dl>
    </div>
    ${pool.warnings.map((warning) => html`<p class="notice">${warning}</p>`)}
  `;
}

/** Draws a piece of the half circle, from and to as parts of 1, with a small gap so that neighbours stay apart. */
function arc(from: number, to: number): string {
  const gap = 0.004;
  const [start, end] = to - from > 3 * gap ? [from + gap, to - gap] : [from, to];
  const point = (part: number) =>
    [-Math.cos(part * Math.PI), -Math.sin(part * Math.PI)]
      .map((unit, axis) => ((axis === 0 ? center.x : center.y) + unit * radius).toFixed(2))
      .join(" ");
  return `M${point(start)}A${radius} ${radius} 0 0 1 ${point(end)}`;
}
