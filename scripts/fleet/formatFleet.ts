import { pc } from "../cli/colours.ts";

import type { PreviousLogin } from "../../infra/database/roles/previousLogins.ts";
import { listNames } from "../../infra/util/text.ts";
import { formatTable } from "../cli/formatTable.ts";
import { type Difference, type Field, formatDifferences } from "./difference.ts";
import type { DatabaseReading } from "./readDatabase.ts";
import type { Fleet, FleetOrchestra } from "./readFleet.ts";

/** Formats one line for each orchestra with differences marked ≠, and explains them below. */
export function formatFleet(fleet: Fleet, width = Infinity): string {
  const head = ["orchestra", "contact", "since", "database", "version", "status", "size"];
  const rows = fleet.orchestras.map((orchestra) => formatRow(orchestra, fleet));
  const table = formatTable(head, rows, { width, optional: ["contact", "since", "size"] });
  return [table, ...formatProblems(fleet)].join("\n");
}

type Cell = string | number | undefined | null;
type Line = [label: string, fields: Field[], declared: Cell, row?: Cell, inside?: Cell];

/** Formats one orchestra, each source in a column of its own. */
export function formatOrchestra(orchestra: FleetOrchestra, { stack, head, shared }: Fleet, width = Infinity): string {
  const { declared, row, database, differences } = orchestra;
  const registration = row?.registration;
  const state = database.kind === "read" ? database.state : undefined;
  const place = state ? `of ${state.owner ?? "nobody"}` : unreadLabels[database.kind];
  const inside = (label: string, fields: Field[], cell: Cell): Line => [label, fields, undefined, undefined, cell];
  const lines: Line[] = [
    ["name", ["name"], declared?.name, row?.name],
    ["address", ["subdomain", "record"], declared?.url, row?.subdomain],
    ["contact", ["contact"], declared?.contactName, row?.contactName],
    ["e-mail", ["email"], declared?.contactEmail, row?.contactEmail, state?.administrator?.email],
    ["set-up date", ["setupDate"], declared?.setupDate, row?.setupDate],
    ["status", ["status"], declared?.status, row?.status],
    ["registered", ["row"], declared && stack, registration && `${registration.stack}, ${registration.orchestra}`],
    ["database", ["database", "project"], declared?.database, undefined, place],
    ["version", ["version"], declared && withoutEnding(head), undefined, state && withoutEnding(state.version)],
    inside("changed by hand", ["schema"], state && count(state.differences.length)),
    inside("size", [], formatSize(database)),
    inside("connections", [], "connections" in database ? database.connections : undefined),
    inside(
      "rows",
      ["templates", "settings"],
      state && `templates ${state.templates}, settings ${state.settings}, users ${state.users}`,
    ),
    ["app's login", ["login"], declared && `version ${declared.passwordVersion}`, undefined, state?.appRole],
    ...(state && state.previousLogins.length > 0
      ? [inside("logins before", [], state.previousLogins.map(describeLogin).join("\n"))]
      : []),
    inside("app's rights", ["rights"], state && (state.drift.length > 0 ? "drifted" : "as declared")),
    inside(
      "first password",
      ["administrator"],
      state?.administrator && (state.administrator.mustChangePassword ? "not changed yet" : "changed"),
    ),
  ];
  const rows = lines.map(([label, fields, ...cells]) => [
    mark(label, differences, ...fields),
    ...[0, 1, 2].map((index) => describe(cells[index])),
  ]);
  return [
    formatTable(["", "declared", "main database", "its database"], rows, { width }),
    ...formatDifferences([orchestra, ...shared]),
  ].join("\n");
}

/** Returns "9.6 MB", as PostgreSQL counts, 1024 a step; "" if the size could not be read. */
export function formatSize(reading: DatabaseReading): string {
  return "bytes" in reading ? formatBytes(reading.bytes) : "";
}

/** "9.6 MB" */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const number = bytes / 1024 ** power;
  return `${number.toFixed(number < 10 && power > 0 ? 1 : 0)} ${units[power]}`;
}

function formatRow({ id, declared, row, database, differences }: FleetOrchestra, { stack }: Fleet): string[] {
  const view = declared ?? row;
  const registration = row?.registration;
  const other =
    declared === null && registration && registration.stack !== stack ? `stack ${registration.stack}` : undefined;
  const version = database.kind === "read" ? withoutEnding(database.state.version) : unreadLabels[database.kind];
  return [
    `${mark(id, differences, "row", "subdomain", "record")}\n${mark(view?.name ?? "", differences, "name")}`,
    `${mark(view?.contactName ?? "", differences, "contact")}\n${mark(view?.contactEmail ?? "", differences, "email")}`,
    mark(view?.setupDate ?? "", differences, "setupDate"),
    mark(declared?.database ?? other ?? "", differences, ...databaseFields),
    mark(version, differences, "version", "schema"),
    mark(row?.status ?? "", differences, "status"),
    formatSize(database),
  ];
}

/** The fields that concern an orchestra's database, apart from its version. */
export const databaseFields: Field[] = [
  ...(["database", "connection", "login", "rights", "templates", "settings", "administrator", "project"] as const),
];

/** Marks a text in yellow and with a sign, for those who see no colour. */
function mark(text: string, differences: Difference[], ...fields: Field[]): string {
  if (!differences.some(({ field }) => fields.includes(field))) return text;
  return pc.yellow(`${text} ≠`.trim());
}

const unreadLabels: Record<DatabaseReading["kind"], string> = {
  read: "",
  empty: "never migrated",
  unreachable: "unreachable",
  retired: "not asked",
  absent: "–",
};

function describe(cell: Cell): string {
  return cell === undefined || cell === null || cell === "" ? pc.dim("–") : String(cell);
}

function count(number: number): string {
  return number === 0 ? "nothing" : `${number} thing${number === 1 ? "" : "s"}`;
}

function describeLogin({ name, validUntil }: PreviousLogin): string {
  return validUntil === null ? name : `${name} until ${validUntil.slice(0, 16).replace("T", " ")} UTC`;
}

function formatProblems({ orchestras, pool, shared, head }: Fleet): string[] {
  const differing = orchestras.filter(({ differences }) => differences.length > 0);
  const count = `${orchestras.length} orchestra${orchestras.length === 1 ? "" : "s"}, ${differing.length} with differences`;
  return [
    ...formatDifferences([...orchestras, ...pool, ...shared]),
    `${count}. The last migration on disk is ${withoutEnding(head)}.`,
    ...sumUpVersions(orchestras, head),
  ];
}

/** Lists the orchestras by version, the newest first; returns nothing if all have the last. */
function sumUpVersions(orchestras: FleetOrchestra[], head: string): string[] {
  const byVersion = new Map<string, string[]>();
  for (const { id, database } of orchestras)
    if (database.kind === "read")
      byVersion.set(database.state.version, [...(byVersion.get(database.state.version) ?? []), id]);
  const versions = [...byVersion.keys()].sort().reverse();
  if (versions.every((version) => version === head)) return [];
  return versions.map((version) => {
    const who = listNames(byVersion.get(version)!, 5);
    return `${version === head ? "at" : "behind, at"} ${withoutEnding(version)}: ${who}`;
  });
}

/** Drops .sql: a migration is known by its name. */
export function withoutEnding(file: string): string {
  return file.replace(/\.sql$/, "");
}
