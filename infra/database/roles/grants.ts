import pg from "pg";
import { UserError } from "../../errors.ts";

/** Roles of Supabase's Data API, which reach `public` by default; they need not exist. */
const outsiders = ["anon", "authenticated"];

/** The one policy that each table of `public` has. */
export const policyName = "stagesub_app";

interface FoundObject {
  /** The kind of object in GRANT's words. */
  kind:
    | "TABLE"
    | "SEQUENCE"
    | "ROUTINE"
    | "SCHEMA"
    | "DATABASE"
    | "DEFAULT TABLES"
    | "DEFAULT SEQUENCES"
    | "DEFAULT ROUTINES";
  /** The quoted name with its schema. */
  name: string;
  /** Privileges of the app's group. */
  held: string[];
  /** Outsiders with any privilege, quoted: PUBLIC, anon, authenticated. */
  strangers: string[];
  /** For a table: its row-level security, its policies, and whether the migrating role owns it. */
  table: { secured: boolean; policy: boolean; foreignPolicies: string[]; owned: boolean } | null;
}

export interface GrantPlan {
  /** The statements that correct the rights. */
  statements: string[];
  /** The reason why there can be none. */
  refusal?: UserError | undefined;
}

/** Privileges of the app's group in each kind of object, sorted as the catalogue query sorts them. */
const wanted: Record<FoundObject["kind"], string[]> = {
  TABLE: ["DELETE", "INSERT", "SELECT", "UPDATE"],
  SEQUENCE: ["SELECT", "USAGE"],
  ROUTINE: ["EXECUTE"],
  SCHEMA: ["USAGE"],
  DATABASE: ["CONNECT"],
  "DEFAULT TABLES": ["DELETE", "INSERT", "SELECT", "UPDATE"],
  "DEFAULT SEQUENCES": ["SELECT", "USAGE"],
  "DEFAULT ROUTINES": ["EXECUTE"],
};

/**
 * Returns the statements that grant the app's group its privileges in `public`, revoke everything from PUBLIC, `anon` and
 * `authenticated`, and protect every table by row-level security with one policy that lets the group through. Computed
 * from the catalogue, since migration files cannot know the role's name; empty if nothing differs. Objects of
 * extensions are left alone.
 *
 * Refuses if a table in `public` belongs to another role, so that it cannot be protected.
 */
export async function planGrants(client: pg.Client, group: string): Promise<GrantPlan> {
  const { rows } = await client.query<FoundObject>(planGrantsCatalogue, [group, outsiders, policyName]);
  const stolen = rows.filter(({ table }) => table && !table.owned).map(({ name }) => name);
  if (stolen.length > 0) {
    const refusal = new UserError(
      "foreign-role",
      `Refusing to go on: ${stolen.join(", ")} belongs to another role, so its rows cannot be protected. ` +
        "Make the migrating role its owner, or move it out of schema public.",
    );
    return { statements: [], refusal };
  }
  const role = pg.escapeIdentifier(group);
  return { statements: rows.flatMap((object) => [...planObjectGrants(object, role), ...planPolicy(object, role)]) };
}

function planObjectGrants({ kind, name, held, strangers }: FoundObject, role: string): string[] {
  const privileges = name === "stagesub" ? [] : wanted[kind];
  const isDefault = kind.startsWith("DEFAULT ");
  const prefix = isDefault ? "ALTER DEFAULT PRIVILEGES IN SCHEMA public " : "";
  const target = isDefault ? kind.slice("DEFAULT ".length) : `${kind} ${name}`;
  const excess = held.some((privilege) => !privileges.includes(privilege));
  const lacks = excess || privileges.some((privilege) => !held.includes(privilege));
  return [
    ...(strangers.length > 0 ? [`${prefix}REVOKE ALL ON ${target} FROM ${strangers.join(", ")}`] : []),
    ...(excess ? [`${prefix}REVOKE ALL ON ${target} FROM ${role}`] : []),
    ...(lacks && privileges.length > 0 ? [`${prefix}GRANT ${privileges.join(", ")} ON ${target} TO ${role}`] : []),
  ];
}

function planPolicy({ name, table }: FoundObject, role: string): string[] {
  if (!table) return [];
  const create = `CREATE POLICY ${policyName} ON ${name} TO ${role} USING (true) WITH CHECK (true)`;
  return [
    ...(table.secured ? [] : [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`]),
    ...table.foreignPolicies.map((policy) => `DROP POLICY ${policy} ON ${name}`),
    ...(table.policy ? [] : [`DROP POLICY IF EXISTS ${policyName} ON ${name}`, create]),
  ];
}

/**
 * $1 is the group, $2 the outsiders, $3 the policy's name. A null ACL means the built-in default (`acldefault`), and
 * `aclexplode` refuses an empty ACL, such as that of a database without default privileges. Of
 * other policies only permissive ones are foreign: restrictive policies let nobody in.
 */
export const planGrantsCatalogue = `
  WITH grp AS (SELECT oid FROM pg_roles WHERE rolname = $1),
  outsider AS (
    SELECT 0::oid AS oid, 'PUBLIC' AS name
    UNION ALL SELECT oid, quote_ident(rolname) FROM pg_roles WHERE rolname = ANY ($2)
  ),
  extension_member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  object AS (
    SELECT CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, format('public.%I', c.relname) AS name,
      coalesce(c.relacl, acldefault(CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char", c.relowner))
        || coalesce((SELECT array_agg(acl) FROM pg_attribute a, unnest(a.attacl) acl WHERE a.attrelid = c.oid), '{}') AS acl,
      CASE WHEN c.relkind IN ('r', 'p') THEN c.oid END AS table_oid
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND ('pg_class'::regclass, c.oid) NOT IN (SELECT * FROM extension_member)
    UNION ALL
    SELECT 'ROUTINE', format('public.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
      coalesce(p.proacl, acldefault('f', p.proowner)), NULL
    FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND pg_has_role(p.proowner, 'USAGE')
      AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM extension_member)
    UNION ALL
    SELECT 'SCHEMA', quote_ident(nspname), coalesce(nspacl, acldefault('n', nspowner)), NULL
    FROM pg_namespace WHERE nspname IN ('public', 'stagesub')
    UNION ALL
    SELECT 'DATABASE', quote_ident(datname), (SELECT coalesce(array_agg(acl), '{}') FROM unnest(datacl) acl
      WHERE acl::text NOT LIKE '=%'), NULL
    FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'DEFAULT ' || what, '', coalesce(d.defaclacl, '{}'), NULL
    FROM (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'ROUTINES')) AS v (type, what)
    LEFT JOIN pg_default_acl d ON d.defaclobjtype = v.type::"char" AND d.defaclnamespace = 'public'::regnamespace
      AND d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
  )
  SELECT kind, name,
    ARRAY(SELECT DISTINCT privilege_type FROM aclexplode(some_acl) x JOIN grp ON grp.oid = x.grantee ORDER BY 1) AS held,
    ARRAY(SELECT DISTINCT o.name FROM aclexplode(some_acl) x JOIN outsider o ON o.oid = x.grantee ORDER BY 1) AS strangers,
    (SELECT json_build_object('secured', c.relrowsecurity, 'owned', pg_has_role(c.relowner, 'USAGE'),
      'policy', EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = $3 AND p.polpermissive AND p.polcmd = '*'
          AND p.polroles = ARRAY(SELECT oid FROM grp)
          AND pg_get_expr(p.polqual, c.oid) = 'true' AND pg_get_expr(p.polwithcheck, c.oid) = 'true'),
      'foreignPolicies', coalesce((SELECT json_agg(quote_ident(p.polname)) FROM pg_policy p
        WHERE p.polrelid = c.oid AND p.polname <> $3 AND p.polpermissive), '[]'))
     FROM pg_class c WHERE c.oid = table_oid) AS "table"
  FROM object, LATERAL (SELECT CASE WHEN cardinality(acl) > 0 THEN acl END AS some_acl) s ORDER BY kind, name`;
