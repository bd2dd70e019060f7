import { html } from "hono/html";

import type { Difference, Field } from "../difference.ts";
import { databaseFields, formatSize, withoutEnding } from "../formatFleet.ts";
import type { FleetOrchestra } from "../readFleet.ts";

/** A deviation of an orchestra, which may have several; an orchestra that is as declared has none. */
export type Flag = "unreachable" | "drift" | "behind" | "waiting" | "elsewhere";

/** The worst first. */
export const flags: Record<Flag, { label: string; meaning: string }> = {
  unreachable: { label: "Unreachable", meaning: "Something of it did not answer" },
  drift: { label: "Drift", meaning: "Something is not as declared" },
  behind: { label: "Behind head", meaning: "Migrations are pending" },
  waiting: { label: "Not made yet", meaning: "Declared; the next pulumi up makes it" },
  elsewhere: { label: "Not of this stack", meaning: "Another stack's or nobody's; only its row is seen here" },
};

/** An orchestra with its judgement. */
export interface Judged {
  orchestra: FleetOrchestra;
  flags: Flag[];
}

const columns = ["Orchestra", "Address", "Health", "Version", "Size", "Database", "Registration", "Set up", "Contact"];
const numeric = ["Health", "Size"];

/** Renders a group of rows for each orchestra: its line and its differences. The script sorts and hides the groups. */
export function fleetTable(judged: readonly Judged[]) {
  const byName = new Intl.Collator("sv", { numeric: true });
  const sorted = judged.toSorted((a, b) => byName.compare(nameOf(a.orchestra), nameOf(b.orchestra)));
  return html`
    <div class="wide" tabindex="0" role="region" aria-label="Table of the orchestras">
      <table class="fleet" aria-labelledby="orchestras">
        <thead>
          <tr>
            ${columns.map(
              (column, index) => html`
                <th scope="col" aria-sort="${index === 0 ? "ascending" : "none"}">
                  <button
                    type="button"
                    data-column="${index}"
                    data-type="${numeric.includes(column) ? "number" : "text"}"
                  >
                    ${column}
                  </button>
                </th>
              `,
            )}
          </tr>
        </thead>
        ${sorted.map(rowsOf)}
      </table>
    </div>
  `;
}

/** Judges an orchestra by what differs. Pure. */
export function judgeOrchestra({ declared, database, differences }: FleetOrchestra): Flag[] {
  const has = (...wanted: Difference["kind"][]) => differences.some(({ kind }) => wanted.includes(kind));
  const is: Record<Flag, boolean> = {
    unreachable: has("unseen"),
    drift: has("drift"),
    behind: differences.some(({ kind, field }) => kind === "pending" && field === "version"),
    waiting: differences.some(({ kind, field }) => kind === "pending" && field === "database"),
    elsewhere: declared === null && database.kind === "absent" && !has("drift"),
  };
  return (Object.keys(flags) as Flag[]).filter((flag) => is[flag]);
}

function rowsOf({ orchestra, flags: found }: Judged) {
  const { id, declared, row, database, differences } = orchestra;
  const view = declared ?? row;
  const [name, email, contact] = [nameOf(orchestra), view?.contactEmail ?? "", view?.contactName ?? ""];
  const address = view?.subdomain ?? "";
  const version = database.kind === "read" ? withoutEnding(database.state.version) : "";
  const source = declared?.database ?? (row?.registration ? `stack ${row.registration.stack}` : "");
  const cell = (content: unknown, sort: string | number, ...fields: Field[]) =>
    html`<td data-sort="${sort}" title="${sort}">${content}${mark(differences, fields)}</td>`;
  const text = (content: string, ...fields: Field[]) => cell(content, content, ...fields);
  const addressLink = declared && html`<a href="${declared.url}" rel="noreferrer">${address}</a>`;
  const mail = `mailto:${encodeURI(email).replace(/[?&#]/g, encodeURIComponent)}`;
  return html`
    <tbody
      class="orchestra"
      data-flags="${found.join(" ")}"
      data-status="${row?.status ?? ""}"
      data-search="${id} ${email}"
    >
      <tr>
        <th scope="row" data-sort="${name}">
          <bdi>${name}</bdi>${mark(differences, ["name"])} ${declared?.canary ? html`<small>canary</small>` : ""}
        </th>
        ${cell(addressLink ?? address, address, "row", "subdomain", "record")}
        <td data-sort="${rank(found)}">${badges(found)}</td>
        ${text(version, "version")}
        <td class="amount" data-sort="${"bytes" in database ? database.bytes : ""}">${formatSize(database)}</td>
        ${text(source, ...databaseFields, "schema")} ${text(row?.status ?? "", "status")}
        ${text(view?.setupDate ?? "", "setupDate")}
        ${cell(email === "" ? contact : html`<a href="${mail}"><bdi>${contact || email}</bdi></a>`, contact, "contact", "email")}
      </tr>
      ${notes(differences, found)}
    </tbody>
  `;
}

function nameOf({ id, declared, row }: FleetOrchestra): string {
  return (declared ?? row)?.name ?? id;
}

function rank(found: readonly Flag[]): number {
  const order = Object.keys(flags);
  return found[0] === undefined ? order.length : order.indexOf(found[0]);
}

function badges(found: readonly Flag[]) {
  if (found.length === 0) return html`<span class="badge ok">In order</span>`;
  return found.map(
    (flag) => html`<span class="badge ${flag}" title="${flags[flag].meaning}">${flags[flag].label}</span> `,
  );
}

/** Adds a sign as well, for those who see no colour. */
function mark(differences: readonly Difference[], fields: readonly Field[]) {
  if (!differences.some(({ field }) => fields.includes(field))) return "";
  return html` <b class="differs"><span aria-hidden="true">≠</span><span class="sr"> differs</span></b>`;
}

/** Lists the differences in words: a few at once, the rest at a click. */
function notes(differences: readonly Difference[], found: readonly Flag[]) {
  if (differences.length === 0) return "";
  const list = (some: readonly Difference[]) =>
    html`<ul>
      ${some.map(({ text }) => html`<li>≠ ${text}</li>`)}
    </ul>`;
  const few = differences.length > 4 ? 3 : differences.length;
  const rest = differences.slice(few);
  const more = html`
    <details>
      <summary>${rest.length} more</summary>
      ${list(rest)}
    </details>
  `;
  return html`
    <tr class="notes ${found[0] ?? ""}">
      <td colspan="${columns.length}">${list(differences.slice(0, few))} ${rest.length > 0 ? more : ""}</td>
    </tr>
  `;
}
