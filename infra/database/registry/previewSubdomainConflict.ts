import type { UserError } from "../../errors.ts";
import type { OrchestraRow } from "./orchestraRows.ts";
import { refuseSubdomain, type RegistrationKey } from "./registrationRow.ts";

/** The part of a registration that is known before its database is made. */
export interface PlannedRegistration extends RegistrationKey {
  subdomain: string;
  /** A connection URL of the orchestra's database; any other text if it is not known yet. */
  leadsTo: string;
}

/**
 * Returns the error with which `ensureRegistration` would refuse the orchestra its subdomain; undefined if it would not. Pure.
 *
 * A row of another orchestra of the same stack is no reason: a stack file gives no subdomain twice, so the same run
 * gives that orchestra another subdomain or removes its row.
 */
export function previewSubdomainConflict(rows: OrchestraRow[], planned: PlannedRegistration): UserError | undefined {
  const { stack, orchestra, subdomain, leadsTo } = planned;
  const own = rows.find(({ registration }) => registration?.stack === stack && registration.orchestra === orchestra);
  const holder = rows.find((row) => row.subdomain === subdomain && row !== own);
  if (!holder || holder.registration?.stack === stack) return undefined;
  const whose = holder.registration ?? { stack: null, orchestra: null };
  return refuseSubdomain({ ...holder, ...whose }, own !== undefined, {
    stack,
    orchestra,
    subdomain,
    databaseUrl: leadsTo,
  });
}
