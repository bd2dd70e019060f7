import pg from "pg";
import type { SchemaDifference } from "../schema/compareSchemas.ts";

/** Deviations of the app's roles from what this program makes. */
export interface RoleDifferences {
  /** Statements that the next run executes. */
  drift: string[];
  /** Deviations that the next run refuses or leaves as they are. */
  differences: SchemaDifference[];
}

interface FoundRole {
  name: string;
  current: boolean;
  login: boolean;
  limited: boolean;
  member: boolean;
  /** Attributes and memberships that no role of the app should have, in words. */
  excess: string | null;
}

/**
 * Checks the attributes, memberships and members of the app's group and its logins. An end on a replaced login is no
 * difference. Changes nothing.
 */
export async function findRoleDifferences(client: pg.Client, group: string, current: string): Promise<RoleDifferences> {
  const { rows } = await client.query<FoundRole>(catalogue, [group, current]);
  const login = rows.find((role) => role.current);
  const name = pg.escapeIdentifier(current);
  const drift = [
    ...(login && !login.login ? [`ALTER ROLE ${name} LOGIN`] : []),
    ...(login?.limited ? [`ALTER ROLE ${name} VALID UNTIL 'infinity'`] : []),
    ...(login && !login.member ? [`GRANT ${pg.escapeIdentifier(group)} TO ${name}`] : []),
  ];
  const differences = rows.flatMap(({ name, excess }) =>
    excess === null ? [] : [{ what: `role ${name}`, expected: "a role with the app's rights alone", found: excess }],
  );
  const lost = rows.some((role) => role.name === group)
    ? []
    : [{ what: `role ${group}`, expected: "the app's group", found: null }];
  return { drift, differences: [...lost, ...differences] };
}

/** $1 is the group, $2 its current login. The maker of a role becomes a member that may administer it and has none of its rights. */
const catalogue = `
  SELECT r.rolname AS name, r.rolname = $2 AS current, r.rolcanlogin AS login,
    coalesce(r.rolvaliduntil, 'infinity') <> 'infinity' AS limited,
    EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid AND m.roleid = g.oid AND m.inherit_option) AS member,
    nullif(concat_ws(', ',
      CASE WHEN r.rolcanlogin AND r.rolname = $1 THEN 'may log in' END,
      CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'may make roles' END,
      CASE WHEN r.rolcreatedb THEN 'may make databases' END, CASE WHEN r.rolreplication THEN 'may replicate' END,
      CASE WHEN r.rolbypassrls THEN 'bypasses row-level security' END,
      CASE WHEN r.rolconnlimit >= 0 THEN 'limited to ' || r.rolconnlimit || ' connections' END,
      (SELECT 'member of ' || string_agg(o.rolname, ', ' ORDER BY o.rolname) FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid
       WHERE m.member = r.oid AND o.rolname <> $1),
      (SELECT 'with the member ' || string_agg(o.rolname, ', ' ORDER BY o.rolname) FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.member
       WHERE m.roleid = r.oid AND (m.inherit_option OR m.set_option) AND o.rolname <> current_user AND NOT o.rolsuper AND o.rolname !~ ('^' || $1 || '_[0-9]+$'))), '') AS excess
  FROM pg_roles r LEFT JOIN pg_roles g ON g.rolname = $1
  WHERE r.rolname ~ ('^' || $1 || '(_[0-9]+)?$') ORDER BY length(r.rolname), r.rolname`;
