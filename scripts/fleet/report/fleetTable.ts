import { html } from "hono/html";

import type { Difference } from "../difference.ts";
import { databaseFields, formatSize, withoutEnding } from "../formatFleet.ts";
import type { Fleet, FleetOrchestra } from "../readFleet.ts";
import { type Flag, flags } from "./judgeOrchestra.ts";

/** An orchestra with its judgement. */
export interface Judged {
  orchestra: FleetOrchestra;
  flags: Flag[];
}

/** The columns that the table is sorted by, in their order. */
const columns = ["Orchestra", "Address", "State", "Version", "Size", "Database", "Status", "Set up", "Contact"];

/** Renders a group of rows for each orchestra: its line and its differences. The script sorts and hides the groups. */
export function fleetTable(judged: readonly Judged[], fleet: Fleet) {
  const byName = new Intl.Collator("sv", { numeric: true });
  const sorted = judged.toSorted((a, b) => byName.compare(nameOf(a.orchestra), nameOf(b.orchestra)));
  // Cards on a phone are no table for CSS; the roles keep them one for assistive technology.
  return html`
    <table class="fleet" role="table" aria-labelledby="fleet-caption">
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map(
            (column, index) => html`
              <th role="columnheader" scope="col" class="c${index}" aria-sort="${index === 0 ? "ascending" : "none"}">
                <button
                  type="button"
                  data-column="${index}"
                  data-type="${column === "Size" || column === "State" ? "number" : "text"}"
                >
                  ${column}
                </button>
              </th>
            `,
          )}
        </tr>
      </thead>
      ${sorted.map((one) => rowsOf(one, fleet))}
    </table>
  `;
}

function rowsOf({ orchestra, flags: found }: Judged, fleet: Fleet) {
  const { id, declared, row, database, differences } = orchestra;
  const view = declared ?? row;
  const email = view?.contactEmail ?? "";
  const name = view?.subdomain ?? "";
  const address =
    declared === null
      ? name
      : html`<a href="${declared.url}" title="${declared.host}" rel="noreferrer">${declared.subdomain}</a>`;
  const contact =
    email === ""
      ? (view?.contactName ?? "")
      : html`<a href="mailto:${encodeURI(email).replace(/[?&#]/g, encodeURIComponent)}" title="${email}"
          ><bdi>${view?.contactName ?? email}</bdi></a
        >`;
  const cell = (index: number, content: unknown, sort: string | number, ...fields: Difference["field"][]) => html`
    <td role="cell" class="c${index}" data-label="${columns[index]!}" data-sort="${sort}">
      ${content}${mark(differences, fields)}
    </td>
  `;
  const version = database.kind === "read" ? withoutEnding(database.state.version) : "";
  const source = declared?.database ?? (row?.registration ? `stack ${row.registration.stack}` : "");
  const status = row?.status ?? "";
  return html`
    <tbody
      class="orchestra"
      role="rowgroup"
      data-flags="${found.join(" ")}"
      data-status="${status}"
      data-search="${id} ${email}"
    >
      <tr role="row">
        <th role="rowheader" scope="row" class="c0" data-sort="${nameOf(orchestra)}">
          <bdi>${nameOf(orchestra)}</bdi>${mark(differences, ["name"])}
          ${declared?.canary ? html`<span class="tag" title="Migrations reach it first">canary</span>` : ""}
        </th>
        ${cell(1, address, name, "row", "subdomain", "record")} ${cell(2, badges(found), rank(found))}
        ${cell(3, html`<span class="${version === withoutEnding(fleet.head) ? "current" : ""}" title="${version}">${version}</span>`, version, "version")}
        ${cell(4, formatSize(database), "bytes" in database ? database.bytes : "")}
        ${cell(5, source, source, ...databaseFields, "schema")}
        ${cell(6, status === "" ? "" : html`<span class="status ${status === "Active" ? "active" : ""}">${status}</span>`, status, "status")}
        ${cell(7, view?.setupDate ?? "", view?.setupDate ?? "", "setupDate")}
        ${cell(8, contact, view?.contactName ?? "", "contact", "email")}
      </tr>
      ${notes(differences, found)}
    </tbody>
  `;
}

function nameOf({ id, declared, row }: FleetOrchestra): string {
  return (declared ?? row)?.name ?? id;
}

/** Ranks the worst first. */
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
function mark(differences: readonly Difference[], fields: readonly Difference["field"][]) {
  if (!differences.some(({ field }) => fields.includes(field))) return "";
  return html`<span class="differs"><span aria-hidden="true">≠</span><span class="sr"> differs</span></span>`;
}

/** Lists the differences in words: a few at once, the rest at a click. */
function notes(differences: readonly Difference[], found: readonly Flag[]) {
  if (differences.length === 0) return "";
  const list = (some: readonly Difference[]) =>
    html`<ul>
      ${some.map(({ text }) => html`<li>${text}</li>`)}
    </ul>`;
  const few = differences.length > 4 ? 3 : differences.length;
  const rest = differences.slice(few);
  return html`
    <tr role="row" class="notes ${found[0] ?? ""}">
      <td role="cell" colspan="${columns.length}">
        ${list(differences.slice(0, few))}
        ${
          rest.length > 0
            ? html`<details>
                <summary>${rest.length} more</summary>
                ${list(rest)}
              </details>`
            : ""
        }
      </td>
    </tr>
  `;
}
