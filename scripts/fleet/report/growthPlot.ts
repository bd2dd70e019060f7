import { html } from "hono/html";

import type { Month } from "../countMonths.ts";

/** Drawn twice, as the text of one drawing would be unreadable on a phone; the style sheet shows one. */
const frames = {
  wide: { width: 760, height: 232, labels: 12 },
  narrow: { width: 340, height: 216, labels: 5 },
};
type Frame = (typeof frames)["wide"];

const margin = { top: 30, right: 8, bottom: 24, left: 34 };

/** Plots the fleet's growth: the orchestras by set-up date, added up, each month's new ones in colour. */
export function growthPlot(growth: readonly Month[], at: Date) {
  const last = growth.at(-1);
  if (last === undefined) return html`<p class="quiet">No set-up date yet.</p>`;
  return html`
    <div class="plot">${Object.entries(frames).map(([name, frame]) => drawFrame(name, frame, growth, at))}</div>
    <details class="as-table">
      <summary>As a table</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Growth by month">
        <table>
          <caption class="sr">
            Orchestras by the month of their set-up date
          </caption>
          <thead>
            <tr>
              <th scope="col">Month</th>
              <th scope="col">Set up</th>
              <th scope="col">In all</th>
            </tr>
          </thead>
          <tbody>
            ${growth.map(
              ({ month, added, total }) => html`
                <tr>
                  <th scope="row">${month}</th>
                  <td>${added}</td>
                  <td>${total}</td>
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

function drawFrame(name: string, frame: Frame, growth: readonly Month[], at: Date) {
  const { width, height } = frame;
  const end = Math.max(indexOf(growth.at(-1)!.month), indexOf(at.toISOString().slice(0, 7))) + 1;
  // A young fleet does not fill the plot with its first weeks.
  const first = Math.min(indexOf(growth[0]!.month), end - 12);
  const step = niceStep(growth.at(-1)!.total / 4);
  const top = Math.ceil(growth.at(-1)!.total / step) * step;
  const x = (index: number) =>
    round(margin.left + ((index - first) / (end - first)) * (width - margin.left - margin.right));
  const y = (count: number) => round(height - margin.bottom - (count / top) * (height - margin.top - margin.bottom));
  // The line rises at a month's beginning and stays level until the next.
  const rises = growth.map(({ month, total }) => `H${x(indexOf(month))}V${y(total)}`).join("");
  const line = `M${x(indexOf(growth[0]!.month))} ${y(0)}${rises}H${x(end)}`;
  const newest = growth.at(-1)!;
  return html`
    <svg
      class="${name}"
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="Orchestras by set-up date: ${growth[0]!.total} in ${monthName(growth[0]!.month)}, ${newest.total} in all since ${monthName(newest.month)}."
    >
      ${Array.from({ length: top / step + 1 }, (_, tick) => drawTick(tick * step, y(tick * step), frame))}
      ${labelMonths(first, end, frame.labels).map(
        ({ index, text }) => html`<text class="label" x="${x(index)}" y="${height - 7}">${text}</text>`,
      )}
      <path class="area" d="${line}V${y(0)}Z" />
      <path class="line" d="${line}" />
      ${growth.map(({ month, added, total }) => {
        const left = x(indexOf(month));
        const right = x(indexOf(month) + 1);
        const middle = (left + right) / 2;
        const anchor = middle < width * 0.25 ? "start" : middle > width * 0.75 ? "end" : "middle";
        const hit = Math.max(right - left, 6);
        return html`
          <g class="month">
            <rect class="hit" x="${left}" y="0" width="${hit}" height="${height - margin.bottom}" />
            <rect
              class="added"
              x="${left}"
              y="${y(total)}"
              width="${right - left}"
              height="${round(y(total - added) - y(total))}"
            />
            <text
              class="reading"
              x="${clamp(middle, margin.left, width - margin.right)}"
              y="15"
              text-anchor="${anchor}"
            >
              ${monthName(month)}: ${added} new, ${total} in all
            </text>
          </g>
        `;
      })}
    </svg>
  `;
}

function drawTick(count: number, y: number, { width }: Frame) {
  return html`
    <line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${y}" y2="${y}" />
    <text class="label" x="${margin.left - 8}" y="${y + 4}" text-anchor="end">${count}</text>
  `;
}

/** Labels every month if they fit, otherwise quarters, otherwise every so many years. A January bears its year. */
function labelMonths(first: number, end: number, room: number): { index: number; text: string }[] {
  const every = [1, 3, 12, 24, 60, 120, 240, 600, 1200].find((every) => (end - first) / every <= room) ?? 12_000;
  const indexes = Array.from({ length: end - first }, (_, offset) => first + offset).filter(
    (index) => index % every === 0,
  );
  return (indexes.length > 0 ? indexes : [first]).map((index, position) => {
    const [month, year] = [months[index % 12]!, String(Math.floor(index / 12))];
    if (every >= 12 || index % 12 === 0) return { index, text: year };
    return { index, text: position === 0 && month !== "Dec" ? `${month} ${year}` : month };
  });
}

/** Returns 1, 2 or 5 times a power of ten, and at least `least`: orchestras are whole. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least)!;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "2026-11" → months since the year 0. */
function indexOf(month: string): number {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return year * 12 + number - 1;
}

function monthName(month: string): string {
  return `${months[indexOf(month) % 12]} ${month.slice(0, 4)}`;
}

function clamp(value: number, low: number, high: number): number {
  return round(Math.min(Math.max(value, low), high));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
