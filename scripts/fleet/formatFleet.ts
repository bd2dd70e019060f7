import Table from "cli-table3";
import pc from "picocolors";

import type { PreviousLogin } from "../../infra/database/roles/previousLogins.ts";
import type { Difference } from "./difference.ts";
import { formatDifferences } from "./formatDifferences.ts";
import type { DatabaseReading } from "./readDatabase.ts";
import type { Fleet, FleetOrchestra } from "./readFleet.ts";

/** Formats one line for each orchestra with differences marked ≠, and explains them below. */
export function formatFleet(fleet: Fleet): string {
  const table = new Table({
    head: ["orchestra", "contact", "since", "database", "version", "status", "size"],
    style: { head: [], border: [], compact: true },
  });
  for (const orchestra of fleet.orchestras) table.push(formatRow(orchestra, fleet));
  return [table.toString(), ...formatProblems(fleet)].join("\n");
}

/** Formats one orchestra, each source in a column of its own. */
export function formatOrchestra(orchestra: FleetOrchestra, { stack, head, shared }: Fleet): string {
  const { declared, row, database, differences } = orchestra;
  const registration = row?.registration;
  const inside = database.kind === "read" ? database.state : undefined;
  const table = new Table({
    head: ["", "declared", "main database", "its database"],
    style: { head: [], border: [], compact: true },
  });
  const line = (
    label: string,
    fields: Difference["field"] | Difference["field"][] | undefined,
    ...cells: (string | number | undefined | null)[]
  ) => table.push([mark(label, differences, ...[fields ?? []].flat()), ...cells.map((cell) => describe(cell))]);
  line("name", "name", declared?.name, row?.name);
  line("address", ["subdomain", "record"], declared?.url, row?.subdomain);
  line("contact", "contact", declared?.contactName, row?.contactName);
  line("e-mail", "email", declared?.contactEmail, row?.contactEmail, inside?.administrator?.email);
  line("set-up date", "setupDate", declared?.setupDate, row?.setupDate);
  line("status", "status", declared?.status, row?.status);
  line(
    "registered",
    "row",
    declared && stack,
    registration ? `${registration.stack}, ${registration.orchestra}` : undefined,
  );
  line(
    "database",
    ["database", "project"],
    declared?.database,
    undefined,
    inside ? `of ${inside.owner ?? "nobody"}` : explain(database),
  );
  line("version", "version", declared && withoutEnding(head), undefined, inside && withoutEnding(inside.version));
  line("changed by hand", "schema", undefined, undefined, inside && count(inside.differences.length));
  line("size", undefined, undefined, undefined, formatSize(database));
  line("connections", undefined, undefined, undefined, "connections" in database ? database.connections : undefined);
  line(
    "rows",
    ["templates", "settings"],
    undefined,
    undefined,
    inside && `templates ${inside.templates}, settings ${inside.settings}, users ${inside.users}`,
  );
  line("app's login", "login", declared && `version ${declared.passwordVersion}`, undefined, inside?.appRole);
  if (inside && inside.previousLogins.length > 0)
    line("logins before", undefined, undefined, undefined, inside.previousLogins.map(describeLogin).join("\n"));
  line("app's rights", "rights", undefined, undefined, inside && (inside.drift.length > 0 ? "drifted" : "as declared"));
  line(
    "first password",
    "administrator",
    undefined,
    undefined,
    inside?.administrator && describePassword(inside.administrator),
  );
  return [table.toString(), ...formatDifferences([orchestra, ...shared])].join("\n");
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
  return [
    `${mark(id, differences, "row", "subdomain", "record")}\n${mark(view?.name ?? "", differences, "name")}`,
    `${mark(view?.contactName ?? "", differences, "contact")}\n${mark(view?.contactEmail ?? "", differences, "email")}`,
    mark(view?.setupDate ?? "", differences, "setupDate"),
    mark(declared?.database ?? other ?? "", differences, ...databaseFields),
    mark(describeVersion(database), differences, "version", "schema"),
    mark(row?.status ?? "", differences, "status"),
    formatSize(database),
  ];
}

/** The fields that concern an orchestra's database, apart from its version. */
export const databaseFields: Difference["field"][] = [
  ...(["database", "connection", "login", "rights", "templates", "settings", "administrator", "project"] as const),
];

/** Marks a text in yellow and with a sign, for those who see no colour. */
function mark(text: string, differences: Difference[], ...fields: Difference["field"][]): string {
  if (!differences.some(({ field }) => fields.includes(field))) return text;
  return pc.yellow(`${text} ≠`.trim());
}

function describeVersion(database: DatabaseReading): string {
  if (database.kind === "read") return withoutEnding(database.state.version);
  return explain(database);
}

function explain(database: DatabaseReading): string {
  switch (database.kind) {
    case "read":
      return "";
    case "empty":
      return "never migrated";
    case "unreachable":
      return "unreachable";
    case "retired":
      return "not asked";
    case "absent":
      return "–";
  }
}

function describe(cell: string | number | undefined | null): string {
  return cell === undefined || cell === null || cell === "" ? pc.dim("–") : String(cell);
}

function count(number: number): string {
  return number === 0 ? "nothing" : `${number} thing${number === 1 ? "" : "s"}`;
}

function describePassword({ mustChangePassword }: { mustChangePassword: boolean }): string {
  return mustChangePassword ? "not changed yet" : "changed";
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
    const ids = byVersion.get(version)!;
    const who = ids.length <= 5 ? ids.join(", ") : `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more`;
    return `${version === head ? "at" : "behind, at"} ${withoutEnding(version)}: ${who}`;
  });
}

/** Drops .sql: a migration is known by its name. */
export function withoutEnding(file: string): string {
  return file.replace(/\.sql$/, "");
}
