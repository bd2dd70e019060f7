import { isDeepStrictEqual } from "node:util";
import type { AuditEvent } from "./audit.ts";
import { leadsToSame } from "../connection/databaseAddress.ts";
import { readConnectionUrl } from "../connection/readConnectionUrl.ts";
import type { Column, OrchestraRow, Registration } from "./orchestraRows.ts";

/** The compared fields. */
type Fields = Pick<OrchestraRow, Column> & Pick<Registration, "database">;

/**
 * Returns one event for each kind of change to an orchestra's registration: `registered`, `renamed`, `status`,
 * `rotated` (the same database with another login), `moved` (another database) and `updated` (contact, set-up date, the
 * URL's parameters). Values of URLs and contacts are left out.
 */
export function auditRegistration(before: Fields | undefined, after: Registration): AuditEvent[] {
  if (!before) {
    const { name, subdomain, status } = after;
    return [event(after, "registered", { name, subdomain, status })];
  }
  const changed = (columns: Column[]) => columns.filter((column) => before[column] !== after[column]);
  const fromTo = (columns: Column[]) =>
    Object.fromEntries(columns.map((column) => [column, { from: before[column], to: after[column] }]));

  const events: AuditEvent[] = [];
  const renamed = changed(["name", "subdomain"]);
  if (renamed.length > 0) events.push(event(after, "renamed", fromTo(renamed)));
  const move = describeMove(before, after);
  if (move) events.push(event(after, move, move === "rotated" ? passwordVersions(before, after) : {}));
  const updated = changed(["contactName", "contactEmail", "setupDate", ...(move ? [] : ["databaseUrl" as const])]);
  if (updated.length > 0) events.push(event(after, "updated", { fields: updated }));
  if (before.status !== after.status) events.push(event(after, "status", { from: before.status, to: after.status }));
  return events;
}

/**
 * Returns the events of the orchestra's database: `claimed` (from the pool) and `migrated`. Returns none for a registration
 * of before databases were recorded.
 */
export function auditDatabase(before: Fields | undefined, after: Registration): AuditEvent[] {
  const [known, database] = [before?.database, after.database];
  if (!database) return [];
  const isNew = before === undefined || (known && known.key !== database.key);
  if (isNew) return database.key.startsWith("pool-") ? [event(after, "claimed", { database: database.key })] : [];
  if (!known || known.version === database.version) return [];
  return [event(after, "migrated", { from: known.version, to: database.version })];
}

/** Returns the event `adopted` of a row that somebody else made, with the names of the columns that were overwritten. */
export function auditAdoption(registration: Registration, written: string[]): AuditEvent {
  const { name, subdomain, status } = registration;
  return event(registration, "adopted", { name, subdomain, status, written });
}

function event({ stack, orchestra }: Registration, action: string, detail: AuditEvent["detail"]): AuditEvent {
  return { stack, orchestra, action, detail };
}

/** Returns "moved" for another database, "rotated" for another login; undefined if at most the URL's parameters changed. */
function describeMove(before: Fields, after: Registration): "rotated" | "moved" | undefined {
  if (before.databaseUrl === after.databaseUrl) return undefined;
  const [from, to] = [before.databaseUrl ?? "", after.databaseUrl];
  if (!leadsToSame(from, to)) return "moved";
  return isDeepStrictEqual(loginOf(from), loginOf(to)) ? undefined : "rotated";
}

function loginOf(databaseUrl: string) {
  const parts = readConnectionUrl(databaseUrl);
  return "why" in parts ? undefined : [parts.user, parts.password];
}

function passwordVersions(before: Fields, after: Fields): AuditEvent["detail"] {
  const [from, to] = [before.database?.passwordVersion, after.database?.passwordVersion];
  return from === undefined || to === undefined || from === to ? {} : { from, to };
}
