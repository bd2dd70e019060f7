import type { AuditEvent } from "./audit.ts";
import { leadsToSame } from "./databaseAddress.ts";

/** What is compared: see `Registration`. */
type Fields = Record<
  "name" | "subdomain" | "databaseUrl" | "status" | "contactName" | "contactEmail" | "setupDate",
  string
>;

/**
 * What a change of an orchestra's registration means, one event for each meaning: `registered`, `renamed`, `status`,
 * `rotated` (the same database with another login), `moved` (another database) and `updated` (contact, set-up date). Of
 * URLs and people only the fact is told.
 */
export function auditRegistration(
  before: Fields | undefined,
  after: Fields & Pick<AuditEvent, "stack" | "orchestra">,
): AuditEvent[] {
  const event = (action: string, detail: AuditEvent["detail"]) => {
    const { stack, orchestra } = after;
    return { stack, orchestra, action, detail };
  };
  if (!before) {
    const { name, subdomain, status } = after;
    return [event("registered", { name, subdomain, status })];
  }
  const changed = (fields: (keyof Fields)[]) => fields.filter((field) => before[field] !== after[field]);
  const fromTo = (fields: (keyof Fields)[]) =>
    Object.fromEntries(fields.map((field) => [field, { from: before[field], to: after[field] }]));

  const events: AuditEvent[] = [];
  const renamed = changed(["name", "subdomain"]);
  if (renamed.length > 0) events.push(event("renamed", fromTo(renamed)));
  if (before.databaseUrl !== after.databaseUrl)
    events.push(event(leadsToSame(before.databaseUrl, after.databaseUrl) ? "rotated" : "moved", {}));
  const updated = changed(["contactName", "contactEmail", "setupDate"]);
  if (updated.length > 0) events.push(event("updated", { fields: updated }));
  if (before.status !== after.status) events.push(event("status", { from: before.status, to: after.status }));
  return events;
}

/** What became of a row that somebody else made: `adopted`, with the names of the columns that were written anew. */
export function auditAdoption(
  { stack, orchestra, name, subdomain, status }: Fields & Pick<AuditEvent, "stack" | "orchestra">,
  written: string[],
): AuditEvent {
  return { stack, orchestra, action: "adopted", detail: { name, subdomain, status, written } };
}
