import { previewLimits } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import type { UserError } from "../../errors.ts";
import { readOrchestraRows, type OrchestraRow } from "./orchestraRows.ts";
import { refuseSubdomain, type RegistrationKey } from "./registrationRow.ts";

/** What is known of a registration before its database is made. */
export interface ForeseenRegistration extends RegistrationKey {
  subdomain: string;
  /** Where its database is, as a connection URL; any other text where that is not known yet. */
  leadsTo: string;
}

/** Every row of the main database, for {@link foreseeSubdomain}. @throws {UserError} where it does not answer */
export function readHolders(connection: Connection): Promise<OrchestraRow[]> {
  return readOrchestraRows(connection, previewLimits);
}

/**
 * Why `ensureRegistration` would refuse the orchestra its subdomain, in the same words; undefined where it would not. Pure.
 *
 * A row that another orchestra of the same stack holds is no reason: a stack file gives no subdomain twice, so the same run
 * gives that one another subdomain or takes its row away.
 */
export function foreseeSubdomain(rows: OrchestraRow[], foreseen: ForeseenRegistration): UserError | undefined {
  const { stack, orchestra, subdomain, leadsTo } = foreseen;
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
