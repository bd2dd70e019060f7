import type pg from "pg";
import type { SchemaDifference } from "../schema/compareSchemas.ts";

/**
 * Finds objects that pass connection strings on although `"Orchestra"` itself is closed: views over its `"databaseUrl"` or its whole row that read as
 * their owner, and SECURITY DEFINER functions that name the column or read whole rows, if PUBLIC or a role of Supabase's Data API may use them. Supabase
 * lets `anon` use each view and function that the app's migrations make. None is ever expected, even if older than this program's first
 * run. Changes nothing.
 */
export async function findOpenReaders(client: pg.Client): Promise<SchemaDifference[]> {
  const { rows } = await client.query<{ what: string; roles: string }>(
    `WITH RECURSIVE outsider AS (
       SELECT 0::oid AS oid, 'PUBLIC' AS name UNION ALL SELECT oid, rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated')
     ),
     reader AS (
       SELECT w.ev_class AS oid FROM pg_attribute a JOIN pg_depend d ON d.refobjid = a.attrelid JOIN pg_rewrite w ON w.oid = d.objid
       WHERE a.attrelid = to_regclass('public."Orchestra"') AND a.attname = 'databaseUrl' AND d.refclassid = 'pg_class'::regclass
         AND d.classid = 'pg_rewrite'::regclass
         -- A whole row depends on no column; a definition shows it as o.*, and every other star as columns.
         AND (d.refobjsubid = a.attnum OR strpos(pg_get_viewdef(w.ev_class), '.*') > 0)
       UNION
       SELECT w.ev_class FROM reader r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
         AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.oid
     ),
     open AS (
       SELECT c.oid::regclass::text AS name, CASE c.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END AS kind, x.grantee
       FROM pg_class c, LATERAL (
         SELECT grantee FROM aclexplode(c.relacl) UNION ALL SELECT x.grantee FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = c.oid
       ) x
       WHERE c.oid IN (SELECT oid FROM reader) AND c.relkind IN ('v', 'm')
         AND NOT EXISTS (
           SELECT 1 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'security_invoker' AND option_value::boolean
         )
       UNION ALL
       SELECT p.oid::regprocedure::text, 'function ', x.grantee
       FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x,
         LATERAL (SELECT p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '') AS body) t
       WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype
         AND (strpos(body, 'databaseUrl') > 0 OR strpos(body, '"Orchestra"') > 0 AND body ~* $1)
     )
     SELECT open.kind || open.name AS what, string_agg(DISTINCT outsider.name, ', ') AS roles
     FROM open JOIN outsider ON outsider.oid = open.grantee GROUP BY 1 ORDER BY 1`,
    [wholeRows],
  );
  return rows.map(({ what, roles }) => ({
    what: `reader of "Orchestra"."databaseUrl", ${what}`,
    expected: null,
    found: `open to ${roles}`,
  }));
}

/** Whole rows in a function's text: a star that is not count(*), rows made JSON or an array, SQL put together at run time. */
const wholeRows = String.raw`(\mselect|\mreturning|,|\.|\mdistinct|\mall)\s*\*|\m(to_jsonb?|row_to_json|jsonb?_agg|array_agg)\s*\(|\mexecute\M`;
