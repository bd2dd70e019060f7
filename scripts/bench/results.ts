import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { checkout } from "../../infra/util/checkout.ts";
import { formatTable } from "../cli/formatTable.ts";
import type { Figure, Times } from "./compare.ts";
import type { FleetRun } from "./measureFleet.ts";

/** bench/results.json. */
export interface Results {
  machine: Record<string, string>;
  figures: Figure[];
  fleets?: FleetRun[];
  /** By command: seconds ~ orchestras ^ exponent. */
  exponents?: Record<string, number>;
}

const file = path.join(checkout, "bench/results.json");

/** A ratio that is this many times the landed one is a regression: CI's machines differ by less. */
const regression = 2;

/** Writes bench/results.json and its plot. Figures of earlier runs stay where this run has none. */
export async function writeResults(run: Partial<Results> & Pick<Results, "machine">): Promise<void> {
  const landed = await readLanded();
  const kept = landed.figures.filter(({ id }) => !run.figures?.some((figure) => figure.id === id));
  const results = { ...landed, ...run, figures: [...kept, ...(run.figures ?? [])] };
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
  await writeFile(file.replace(/json$/, "svg"), plot(results.figures));
}

/** Returns the figures whose ratio is twice the one in bench/results.json, or more. */
export async function findRegressions(figures: readonly Figure[]): Promise<{ figure: Figure; landed: number }[]> {
  const landed = new Map((await readLanded()).figures.map(({ id, ratio }) => [id, ratio]));
  return figures.flatMap((figure) => {
    const before = landed.get(figure.id);
    return before !== undefined && figure.ratio >= before * regression ? [{ figure, landed: before }] : [];
  });
}

async function readLanded(): Promise<Results> {
  if (!existsSync(file)) return { machine: {}, figures: [] };
  return JSON.parse(await readFile(file, "utf8")) as Results;
}

/** Formats a column for each fleet, and the exponents. */
export function formatFleets(fleets: readonly FleetRun[], exponents: Record<string, number>, width: number): string {
  const sizes = fleets.map(({ stacks, orchestras }) => `${stacks} × ${orchestras / stacks}`);
  const rows = Object.keys(fleets[0]!.seconds).map((step) => [
    step,
    ...fleets.map(({ seconds }) => `${seconds[step]} s`),
    exponents[step] ?? "",
  ]);
  rows.push(["memory", ...fleets.map(({ megabytes }) => `${megabytes} MB`), exponents["memory"] ?? ""]);
  rows.push(["states", ...fleets.map(({ stateMegabytes }) => `${stateMegabytes} MB`), exponents["state"] ?? ""]);
  return formatTable(["command", ...sizes, "exponent"], rows, { width, right: [...sizes, "exponent"] });
}

export function formatResults(figures: readonly Figure[], width: number): string {
  const rows = figures.flatMap((figure) => [
    [
      figure.title,
      formatTimes(figure.ours),
      formatTimes(figure.peers[0]!.times),
      figure.peers[0]!.name,
      `${formatRatio(figure.ratio)}${figure.ratio <= figure.reach ? "" : " !"}`,
      formatRatio(figure.reach),
    ],
    ...figure.peers.slice(1).map(({ name, times }) => ["", "", formatTimes(times), name, "", ""]),
  ]);
  const numbers = ["ours", "theirs", "ratio", "reach"];
  const head = ["job", "ours", "theirs", "beside", "ratio", "reach"];
  return formatTable(head, rows, { width, right: numbers, optional: ["reach"] });
}

/** "246 ms (260)": the median, and the 95th percentile. */
function formatTimes({ median, p95 }: Times): string {
  const [unit, divisor, digits] = median < 2_000 ? ["ms", 1, 0] : ["s", 1_000, 1];
  return `${(median / divisor).toFixed(digits)} ${unit} (${(p95 / divisor).toFixed(digits)})`;
}

function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

/** Draws each ratio as a part of its reach: a bar that ends left of the line is within it. */
function plot(figures: readonly Figure[]): string {
  const [left, unit, line] = [390, 130, 26];
  const height = figures.length * line + 50;
  const rows = figures.map(({ title, ratio, reach }, index) => {
    const y = 40 + index * line;
    const length = Math.min(ratio / reach, 3.5) * unit;
    const label = `${formatRatio(ratio)} (reach ${formatRatio(reach)})`;
    return `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${title.replaceAll("`", "")}</text>
<rect x="${left}" y="${y}" width="${length.toFixed(0)}" height="18" fill="${ratio <= reach ? "#1a7f37" : "#bf5700"}"/>
<text x="${left + length + 6}" y="${y + 13}">${label}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1060 ${height}" font-family="sans-serif" font-size="13">
<rect width="1060" height="${height}" fill="#fff"/>
<text x="8" y="20">Our time divided by the peer's, as a part of what is wanted: green is within reach</text>
${rows.join("\n")}
<line x1="${left + unit}" x2="${left + unit}" y1="32" y2="${height - 10}" stroke="#000"/>
</svg>
`;
}
