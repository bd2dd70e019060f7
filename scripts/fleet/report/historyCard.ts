import { html } from "hono/html";

import { listNames } from "../../../infra/util/text.ts";
import type { Changes, Snapshot } from "./snapshot.ts";

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
