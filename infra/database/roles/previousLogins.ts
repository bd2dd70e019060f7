import pg from "pg";

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
 * Gives every login of the group but `current` an end, and drops logins whose end has passed. PostgreSQL then refuses the
 * password, and so does Supabase's pooler, which reads it with `pgbouncer.get_auth`; open sessions continue.
 */
export async function retirePreviousLogins(client: pg.Client, group: string, current: string): Promise<void> {
  const { rows } = await client.query<{ name: string; endless: boolean; droppable: boolean }>(
    `SELECT rolname AS name, validity = 'infinity' AS endless, validity <= now() AND NOT in_use AS droppable
     FROM (${previousLogins}) previous`,
    [group, current],
  );
  for (const { name, endless, droppable } of rows) {
    if (endless) {
      const { rows } = await client.query<{ sql: string }>(
        "SELECT format('ALTER ROLE %I VALID UNTIL %L', $1::text, now() + $2::interval) AS sql",
        [name, overlap],
      );
      await client.query(rows[0]!.sql);
    } else if (droppable) {
      await client.query("DELETE FROM stagesub.login WHERE role = $1", [name]);
      await client.query(`DROP ROLE ${pg.escapeIdentifier(name)}`);
    }
  }
}

/** Returns the replaced logins that still exist, the latest last. Changes nothing. */
export async function readPreviousLogins(client: pg.Client, group: string, current: string): Promise<PreviousLogin[]> {
  const { rows } = await client.query<{ name: string; until: Date | null }>(
    `SELECT rolname AS name, nullif(validity, 'infinity') AS until FROM (${previousLogins}) previous
     ORDER BY length(rolname), rolname`,
    [group, current],
  );
  return rows.map(({ name, until }) => ({ name, validUntil: until?.toISOString() ?? null }));
}

/**
 * $1 is the group, $2 the current login. Selects only logins that this program made, by their names and because this connection
 * may change them. A login that was given something by hand is in use and cannot be dropped.
 */
const previousLogins = `
  SELECT r.rolname, coalesce(r.rolvaliduntil, 'infinity') AS validity,
         EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid) AS in_use
  FROM pg_roles r
  WHERE r.rolname ~ ('^' || $1 || '_[0-9]+$') AND r.rolname <> $2 AND r.rolcanlogin
    AND pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
    AND EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid AND g.rolname = $1)`;
