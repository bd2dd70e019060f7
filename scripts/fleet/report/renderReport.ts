import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { html, raw } from "hono/html";
import { buildSync } from "esbuild";

import { countMonths, type PoolReport } from "../describePool.ts";
import type { Compared } from "../difference.ts";
import { formatBytes, withoutEnding } from "../formatFleet.ts";
import type { Fleet } from "../readFleet.ts";
import { cloudCard, factList, formatTime, growthTable, historyCard, poolCard } from "./cards.ts";
import { type Flag, flags, fleetTable, type Judged, judgeOrchestra } from "./fleetTable.ts";
import { embedSnapshot, type Snapshot, takeSnapshot } from "./snapshot.ts";

/** The mark by which a file is known as a report. */
export const generator = "./stagesub report";

/**
 * Renders one page that needs nothing but itself: the fleet, the pool and their growth, as read at `at`. Every value in it is escaped by
 * hono's `html`, and its policy lets a browser load nothing. Holds no secret, but people's names and addresses.
 *
 * @param previous the snapshot in the report before; undefined for the first one
 */
export function renderReport(fleet: Fleet, pool: PoolReport, at: Date, previous?: Snapshot): string {
  const { style, script, policy } = buildAssets();
  const judged = fleet.orchestras.map((orchestra) => ({ orchestra, flags: judgeOrchestra(orchestra) }));
  const snapshot = takeSnapshot(fleet, pool, at, previous);
  const dates = fleet.orchestras.map(({ declared, row }) => (declared ?? row)?.setupDate);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="${generator}" />
        <meta name="referrer" content="no-referrer" />
        <title>Fleet of ${fleet.stack} – StageSub</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        ${banner(fleet, at)}
        <main>
          ${fleet.shared.map(alerts)} ${tiles(judged)}
          <div class="cards">
            <section class="card" aria-labelledby="pool">
              <h2 id="pool">Pool</h2>
              ${poolCard(pool, fleet.head)}
            </section>
            <section class="card" aria-labelledby="growth">
              <h2 id="growth">Growth</h2>
              ${growthTable(countMonths(dates))}
            </section>
            <section class="card" aria-labelledby="changes">
              <h2 id="changes">Changes</h2>
              ${historyCard(snapshot, previous)}
            </section>
            <section class="card broad" aria-labelledby="clouds">
              <h2 id="clouds">DNS and cloud settings</h2>
              ${cloudCard(fleet.clouds)}
            </section>
          </div>
          <section aria-labelledby="orchestras">
            ${toolbar(judged)} ${judged.length === 0 ? emptyFleet(fleet.stack) : fleetTable(judged)}
            <p class="nothing" hidden>Nothing matches. <button type="button" data-clear>Show all</button></p>
          </section>
        </main>
        <footer>
          Made by <code>${generator} -s ${fleet.stack}</code>. It holds no password, but names and addresses of people:
          hand it on with care.
        </footer>
        ${raw(embedSnapshot(snapshot))} ${raw(`<script>${script}</script>`)}
      </body>
    </html>`;
  // `html` is a promise only where a value is one.
  return `${page as Exclude<typeof page, Promise<unknown>>}\n`;
}

function banner({ stack, domain, head, orchestras }: Fleet, at: Date) {
  const bytes = orchestras.reduce((sum, { database }) => sum + ("bytes" in database ? database.bytes : 0), 0);
  const facts = {
    Domain: domain,
    Head: withoutEnding(head),
    Databases: formatBytes(bytes),
    "As of": formatTime(at.toISOString()),
  };
  return html`
    <header>
      <h1>Fleet of <bdi>${stack}</bdi></h1>
      ${factList(facts)}
    </header>
  `;
}

/** Renders problems that concern everybody: a part that could not be read leaves gaps below. */
function alerts({ id, differences }: Compared) {
  return differences.map(
    ({ kind, text }) => html`
      <p class="alert unreachable">
        <strong>${kind === "unseen" ? `Could not be read: ${id}.` : `≠ ${id}:`}</strong> ${text}
      </p>
    `,
  );
}

/** Renders the counts, each of them a filter. */
function tiles(judged: readonly Judged[]) {
  const count = (flag: Flag) => judged.filter(({ flags }) => flags.includes(flag)).length;
  const always: Flag[] = ["drift", "unreachable", "behind"];
  const shown = [...always, ...(["waiting", "elsewhere"] as const).filter((flag) => count(flag) > 0)];
  const tile = (flag: Flag | "", label: string, number: number, meaning: string) => html`
    <button
      type="button"
      class="tile ${number === 0 ? "" : flag}"
      data-flag="${flag}"
      aria-pressed="${flag === "" ? "true" : "false"}"
      title="${meaning}"
    >
      <span class="number">${number}</span> ${label}
    </button>
  `;
  return html`
    <div class="tiles" role="group" aria-label="Filter by health">
      ${tile("", judged.length === 1 ? "Orchestra" : "Orchestras", judged.length, "All of them")}
      ${shown.map((flag) => tile(flag, flag === "drift" ? "With drift" : flags[flag].label, count(flag), flags[flag].meaning))}
    </div>
  `;
}

function toolbar(judged: readonly Judged[]) {
  const statuses = new Set(judged.flatMap(({ orchestra }) => orchestra.row?.status ?? []));
  const choice = html`
    <select class="scripts" name="status" aria-label="Registration">
      <option value="">Any registration</option>
      ${[...statuses].sort().map((status) => html`<option>${status}</option>`)}
    </select>
  `;
  return html`
    <div class="bar">
      <h2 id="orchestras">Orchestras</h2>
      <input
        class="scripts"
        type="search"
        name="search"
        aria-label="Search orchestras"
        placeholder="Name, address, contact, version …"
        autocomplete="off"
        spellcheck="false"
      />
      ${statuses.size > 1 ? choice : ""}
      <output class="scripts">${judged.length} of ${judged.length}</output>
    </div>
  `;
}

function emptyFleet(stack: string) {
  return html`<p>No orchestra yet. The first one: <code>./stagesub add -s ${stack}</code></p>`;
}

/** Reads the style sheet, builds the browser's script, and writes the policy that lets only these two run and nothing else load. */
function buildAssets(): { style: string; script: string; policy: string } {
  const style = readFileSync(new URL("report.css", import.meta.url), "utf8");
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL("client/main.ts", import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "silent",
  });
  const script = outputFiles[0]!.text.trim();
  const policy = [
    "default-src 'none'",
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return { style, script, policy };
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
