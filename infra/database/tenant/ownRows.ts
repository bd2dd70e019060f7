import type pg from "pg";
import type { Facts } from "../connection/serverFacts.ts";
import type { OwnerRecord } from "./owner.ts";

/** The rows that this program writes into the app's tables. */
export interface OwnRows {
  /** Rows in "EmailTemplate", "SystemSetting" and "User". */
  templates: number;
  settings: number;
  users: number;
  /**
   * The first administrator's current row; null if it was not made, or was deleted since. `found` if a baseline found the
   * administrator, whose password this program never knew.
   */
  administrator: { email: string; mustChangePassword: boolean; found?: true } | null;
}

/** Counts the rows that this program writes, and looks whether somebody and the app can sign in. */
export async function countRows(
  client: pg.Client,
  { tables }: Facts,
  owner: OwnerRecord | undefined,
): Promise<OwnRows & { administered: boolean; login: boolean }> {
  const count = (table: string) => {
    const name = `public."${table}"`;
    return tables.has(name) ? `(SELECT count(*)::int FROM ${name})` : "0";
  };
  const hasUsers = tables.has('public."User"');
  // Read as JSON, a dropped column is a missing key and no error.
  const administrator = hasUsers
    ? `(SELECT jsonb_strip_nulls(jsonb_build_object('email', u -> 'email', 'mustChangePassword', u -> 'mustChangePassword', 'found', $2::boolean))
        FROM (SELECT to_jsonb(t) AS u FROM public."User" t) users WHERE u ->> 'id' = $1)`
    : "NULL::jsonb";
  const canAdminister = hasUsers
    ? `EXISTS (SELECT FROM (SELECT to_jsonb(t) AS u FROM public."User" t) users
        WHERE u ->> 'role' = 'ADMIN' AND (u ->> 'isActive')::boolean AND u ->> 'passwordHash' IS NOT NULL)`
    : "false";
  const login = tables.has("stagesub.login")
    ? `EXISTS (SELECT FROM pg_roles r JOIN stagesub.login l ON l.role_oid = r.oid AND l.role = r.rolname
        WHERE r.rolname = $3 AND r.rolcanlogin AND coalesce(r.rolvaliduntil, 'infinity') > now())`
    : "false";
  const { rows } = await client.query<OwnRows & { administered: boolean; login: boolean }>(
    `SELECT ${count("EmailTemplate")} AS templates, ${count("SystemSetting")} AS settings, ${count("User")} AS users,
            ${administrator} AS administrator, ${canAdminister} AS administered, ${login} AS login,
            $1::text AS id, $2::boolean AS found, $3::text AS app`,
    [owner?.administratorId ?? null, owner?.administratorFound ?? null, owner?.appLogin ?? null],
  );
  return rows[0]!;
}

/** Returns the seeded rows that are gone, such as `EmailTemplate welcome.sv`. */
export async function findMissingSeeds(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ row: string }>(
    `SELECT kind || ' ' || key AS row FROM stagesub.seed UNION SELECT unnest(seeded) FROM stagesub.owner
     EXCEPT (
       SELECT concat('EmailTemplate ', r ->> 'name', '.', r ->> 'language') FROM (SELECT to_jsonb(t) AS r FROM public."EmailTemplate" t) templates
       UNION ALL SELECT concat('SystemSetting ', r ->> 'key') FROM (SELECT to_jsonb(s) AS r FROM public."SystemSetting" s) settings)
     ORDER BY row`,
  );
  return rows.map(({ row }) => row);
}
