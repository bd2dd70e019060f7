import type pg from "pg";

/**
 * A role of the app as it is in the database: the group `app_malmo` or one of its logins, `app_malmo_1`. An orchestra that came from another
 * stack has a login with that stack's name until it is dropped.
 */
export interface FoundRole {
  name: string;
  login: boolean;
  /** End of its password's validity; null if none is set. */
  until: Date | null;
  isExpired: boolean;
  /** Whether it may do more than an app should. */
  privileged: boolean;
  /** Whether this connection may change it. */
  administered: boolean;
  /** Whether it is a member of the group, with or without the group's rights. */
  member: boolean;
  /** Whether it has the group's rights. */
  inherits: boolean;
  /** Whether it was given something by hand, so that it cannot be dropped. */
  inUse: boolean;
  /** Attributes and memberships that no role of the app should have, in words. */
  excess: string | null;
}

/** Reads the group, its logins, and everything that has the name of one, the latest last. Changes nothing. */
export async function readAppRoles(client: pg.Client, group: string): Promise<FoundRole[]> {
  return (await client.query<FoundRole>(catalogue, [group])).rows;
}

/** Returns the logins that this program made: members of the group that this connection may change. */
export function ownLogins(roles: readonly FoundRole[], group: string): FoundRole[] {
  return roles.filter(({ name, administered, member }) => name !== group && administered && member);
}

/** The name of a login of the group $1, or of another stack's group for the same database. */
const loginName = "('^(' || $1 || '|app_[a-z0-9]+_' || regexp_replace($1, '^app_[a-z0-9]+_', '') || ')_[0-9]+$')";

/** $1 is the group. The maker of a role becomes a member that may administer it and has none of its rights. */
const catalogue = `
  SELECT r.rolname AS name, r.rolcanlogin AS login, nullif(r.rolvaliduntil, 'infinity') AS until,
    coalesce(r.rolvaliduntil <= now(), false) AS "isExpired",
    r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS privileged,
    pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') AS administered, membership.*,
    EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid) AS "inUse",
    nullif(concat_ws(', ',
      CASE WHEN r.rolcanlogin AND r.rolname = $1 THEN 'may log in' END,
      CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'may make roles' END,
      CASE WHEN r.rolcreatedb THEN 'may make databases' END, CASE WHEN r.rolreplication THEN 'may replicate' END,
      CASE WHEN r.rolbypassrls THEN 'bypasses row-level security' END,
      CASE WHEN r.rolconnlimit >= 0 THEN 'limited to ' || r.rolconnlimit || ' connections' END,
      (SELECT 'member of ' || string_agg(o.rolname, ', ' ORDER BY o.rolname) FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid
       WHERE m.member = r.oid AND o.rolname <> $1),
      (SELECT 'with the member ' || string_agg(o.rolname, ', ' ORDER BY o.rolname) FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.member
       WHERE m.roleid = r.oid AND (m.inherit_option OR m.set_option) AND o.rolname <> current_user AND NOT o.rolsuper AND o.rolname !~ ${loginName})), '') AS excess
  FROM pg_roles r CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS member, coalesce(bool_or(m.inherit_option), false) AS inherits
    FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid AND g.rolname = $1) membership
  WHERE r.rolname ~ ('^' || $1 || '(_[0-9]+)?$') OR (membership.inherits AND r.rolname ~ ${loginName}) ORDER BY length(r.rolname), r.rolname`;
