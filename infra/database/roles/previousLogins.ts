import pg from "pg";
import { type FoundRole, ownLogins } from "./readAppRoles.ts";

/** A login of the app that a rotation has replaced. */
export interface PreviousLogin {
  name: string;
  /** End of its password's validity, in ISO 8601; null if none is set yet. */
  validUntil: string | null;
}

/**
 * Time that a replaced login still works. The app's processes keep the connection string that they read at their start, and
 * a `pulumi up` that failed before the main database got the new one must not become an outage over a weekend.
 */
const overlap = "3 days";

/**
 * Gives replaced logins an end, and drops those whose end has passed. PostgreSQL then refuses the
 * password, and so does Supabase's pooler, which reads it with `pgbouncer.get_auth`; open sessions continue.
 */
export async function retirePreviousLogins(client: pg.Client, previous: readonly FoundRole[]): Promise<void> {
  for (const { name, until, isExpired, inUse } of previous) {
    if (!until) {
      const { rows } = await client.query<{ sql: string }>(
        "SELECT format('ALTER ROLE %I VALID UNTIL %L', $1::text, now() + $2::interval) AS sql",
        [name, overlap],
      );
      await client.query(rows[0]!.sql);
    } else if (isExpired && !inUse) {
      await client.query("DELETE FROM stagesub.login WHERE role = $1", [name]);
      await client.query(`DROP ROLE ${pg.escapeIdentifier(name)}`);
    }
  }
}

/** Returns the logins that a rotation has replaced by `current` and that may still log in, the latest last. */
export function findPreviousLogins(roles: readonly FoundRole[], group: string, current: string): FoundRole[] {
  return ownLogins(roles, group).filter(({ name, login }) => login && name !== current);
}
