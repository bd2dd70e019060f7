/**
 * The common table expressions that both descriptions begin with: extension members, the described schemas, and their relations.
 * `prefix` precedes a name: empty in `public`, else the schema.
 */
export const sharedCatalogue = `
  member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  ns AS (
    SELECT oid, nspname, nspowner, nspacl, CASE nspname WHEN 'public' THEN '' ELSE quote_ident(nspname) || '.' END AS prefix
    FROM pg_namespace
    WHERE nspname IN ('public', 'stagesub') OR (nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND pg_has_role(nspowner, 'USAGE') AND pg_get_userbyid(nspowner) !~ '^(supabase_|pgbouncer$)'
      AND ('pg_namespace'::regclass, oid) NOT IN (SELECT * FROM member))
  ),
  rel AS (
    SELECT c.*, n.nspname, n.prefix, n.prefix || quote_ident(c.relname) AS name,
      CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
        WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' ELSE 'type' END AS kind
    FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ('pg_class'::regclass, c.oid) NOT IN (SELECT * FROM member)
  ),
  typ AS (
    SELECT t.*, n.nspname, n.prefix || quote_ident(t.typname) AS name,
      CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'type' END AS kind
    FROM pg_type t JOIN ns n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r') AND ('pg_type'::regclass, t.oid) NOT IN (SELECT * FROM member)
  ),
  fun AS (
    SELECT p.*, n.nspname, n.prefix || format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS name
    FROM pg_proc p JOIN ns n ON n.oid = p.pronamespace
    WHERE ('pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM member)
  )`;
