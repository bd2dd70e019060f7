import type pg from "pg";
import type { SchemaItem } from "./readSchema.ts";

/**
 * What a database holds besides the things that `readSchema` reads, and that somebody may change by hand: owners, rights of
 * roles other than the app's, extensions, schemas, comments, settings, and the rarer kinds of objects. Values of settings that
 * the server does not know are left out, and so is everything about foreign servers but their names: both may hold secrets.
 *
 * Reads the catalogue alone. What Supabase's own roles own outside `public` is theirs, and changes when they change it.
 *
 * @param group the app's group; its rights, and those of PUBLIC, `anon` and `authenticated`, are for `planRights`
 */
export async function readParticulars(client: pg.Client, group: string | null): Promise<SchemaItem[]> {
  const { rows } = await client.query<SchemaItem>(catalogue, [group]);
  return rows;
}

/** $1 the app's group, or null. */
const catalogue = `
  WITH member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  ns AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('public', 'stagesub')),
  rel AS (
    SELECT c.*, quote_ident(c.relname) AS name, n.nspname,
      CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind
    FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ('pg_class'::regclass, c.oid) NOT IN (SELECT * FROM member)
  ),
  typ AS (
    SELECT t.*, quote_ident(t.typname) AS name FROM pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r')
      AND ('pg_type'::regclass, t.oid) NOT IN (SELECT * FROM member)
  ),
  fun AS (
    SELECT p.*, format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS name FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM member)
  ),
  owned AS (
    SELECT kind || ' ' || name AS what, name AS "of", relowner AS owner FROM rel WHERE nspname = 'public'
    UNION ALL SELECT 'type ' || name, name, typowner FROM typ
    UNION ALL SELECT 'function ' || name, name, proowner FROM fun
    UNION ALL SELECT 'schema ' || nspname, NULL, nspowner FROM pg_namespace WHERE nspname IN ('public', 'stagesub')
    UNION ALL SELECT 'this database', NULL, datdba FROM pg_database WHERE datname = current_database()
  ),
  acl AS (
    SELECT kind || CASE nspname WHEN 'stagesub' THEN ' stagesub.' ELSE ' ' END || name AS what, name AS "of", relowner AS owner,
      relacl AS acl, nspname = 'stagesub' AS private FROM rel
    UNION ALL
    SELECT format('column %s.%I', r.name, a.attname), r.name, r.relowner, a.attacl, r.nspname = 'stagesub'
    FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL SELECT 'type ' || name, name, typowner, typacl, false FROM typ
    UNION ALL SELECT 'function ' || name, name, proowner, proacl, false FROM fun
    UNION ALL SELECT 'schema ' || nspname, NULL, nspowner, nspacl, false FROM pg_namespace WHERE nspname IN ('public', 'stagesub')
    UNION ALL SELECT 'this database', NULL, datdba, datacl, false FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT format('what %I makes%s: %s', defaclrole::regrole::text, coalesce(' in schema ' || defaclnamespace::regnamespace::text, ''),
      CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'routines' WHEN 'T' THEN 'types' ELSE 'schemas' END),
      NULL, defaclrole, defaclacl, false
    FROM pg_default_acl WHERE pg_has_role(defaclrole, 'USAGE') AND defaclnamespace IN (0, 'public'::regnamespace)
  ),
  granted AS (
    SELECT a.what, a."of", a.private, x.grantee, x.is_grantable, x.privilege_type,
      CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END AS role
    FROM acl a, aclexplode(a.acl) x WHERE x.grantee <> a.owner
  ),
  item AS (
    SELECT 'owner' AS kind, what, "of", pg_get_userbyid(owner)::text AS definition FROM owned
    UNION ALL
    SELECT 'grant', what || ' to ' || quote_ident(role), "of",
      string_agg(privilege_type || CASE WHEN is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY privilege_type)
    FROM granted WHERE private OR is_grantable OR role NOT IN ('PUBLIC', 'anon', 'authenticated', coalesce($1, ''))
      OR (role = 'PUBLIC' AND what LIKE 'type %')
    GROUP BY what, "of", role
    UNION ALL
    SELECT 'extension', quote_ident(extname), NULL, 'in schema ' || extnamespace::regnamespace::text FROM pg_extension
    UNION ALL
    SELECT 'schema', quote_ident(nspname), NULL, 'owned by ' || pg_get_userbyid(nspowner) FROM pg_namespace
    WHERE pg_has_role(nspowner, 'USAGE') AND nspname !~ '^(pg_|stagesub|information_schema$|public$)'
      AND ('pg_namespace'::regclass, oid) NOT IN (SELECT * FROM member)
    UNION ALL
    SELECT 'comment', i.type || ' ' || replace(i.identity, 'public.', ''),
      coalesce((SELECT name FROM rel WHERE d.classoid = 'pg_class'::regclass AND rel.oid = d.objoid), i.identity),
      CASE WHEN length(d.description) > 60 THEN left(d.description, 60) || '… ' || left(md5(d.description), 8) ELSE d.description END
    FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE i.schema = 'public' OR (d.classoid = 'pg_namespace'::regclass AND d.objoid = 'public'::regnamespace)
    UNION ALL
    SELECT 'setting', 'of ' || concat_ws(' in ', CASE WHEN setrole <> 0 THEN 'role ' || pg_get_userbyid(setrole) END,
        CASE WHEN setdatabase <> 0 THEN 'this database' END) || ': ' || split_part(setting, '=', 1), NULL,
      CASE WHEN split_part(setting, '=', 1) IN (SELECT name FROM pg_settings WHERE name NOT LIKE '%.%')
        THEN substr(setting, strpos(setting, '=') + 1) ELSE 'set, its value not shown' END
    FROM pg_db_role_setting s, unnest(s.setconfig) setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      OR (setdatabase = 0 AND pg_get_userbyid(setrole) ~ ('^' || $1 || '(_[0-9]+)?$'))
    UNION ALL
    SELECT 'setting', 'of ' || kind || ' ' || name, name, concat_ws(', ', array_to_string(reloptions, ', '),
        CASE relreplident WHEN 'f' THEN 'replica identity full' WHEN 'n' THEN 'replica identity nothing' WHEN 'i' THEN 'replica identity by index' END,
        (SELECT 'inherits ' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = rel.oid))
    FROM rel WHERE nspname = 'public' AND (reloptions IS NOT NULL OR (relkind = 'r' AND relreplident <> 'd')
      OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = rel.oid))
    UNION ALL
    SELECT 'setting', format('of column %s.%I', r.name, a.attname), r.name, concat_ws(', ', array_to_string(a.attoptions, ', '),
      CASE WHEN coalesce(a.attstattarget, -1) >= 0 THEN 'statistics ' || a.attstattarget END,
      CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || a.attstorage::text END,
      CASE WHEN a.attcompression <> '' THEN 'compression ' || a.attcompression::text END)
    FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
    WHERE r.nspname = 'public' AND r.relkind IN ('r', 'p', 'm', 'f')
      AND (a.attoptions IS NOT NULL OR coalesce(a.attstattarget, -1) >= 0 OR a.attstorage <> t.typstorage OR a.attcompression <> '')
    UNION ALL
    SELECT 'statistics', quote_ident(stxname), stxrelid::regclass::text, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'publication', quote_ident(pubname), NULL, concat_ws(', ', CASE WHEN puballtables THEN 'all tables' END,
      (SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM pg_publication_rel l JOIN rel r ON r.oid = l.prrelid WHERE l.prpubid = p.oid))
    FROM pg_publication p
    UNION ALL
    SELECT 'event trigger', quote_ident(evtname), NULL, evtevent || ', ' || evtfoid::regproc || CASE evtenabled WHEN 'O' THEN '' ELSE ', not enabled as usual' END
    FROM pg_event_trigger WHERE pg_has_role(evtowner, 'USAGE')
    UNION ALL SELECT 'foreign server', quote_ident(srvname), NULL, '' FROM pg_foreign_server
    UNION ALL
    SELECT 'cast', format('%s to %s', castsource::regtype, casttarget::regtype), NULL, 'context ' || castcontext::text FROM pg_cast
    WHERE oid >= 16384 AND ('pg_cast'::regclass, oid) NOT IN (SELECT * FROM member)
    UNION ALL
    SELECT other.kind, other.name, NULL, '' FROM (
      SELECT 'operator' AS kind, 'pg_operator'::regclass AS class, oid, oprnamespace AS space,
        format('%s (%s, %s)', oprname, oprleft::regtype, oprright::regtype) AS name FROM pg_operator
      UNION ALL SELECT 'collation', 'pg_collation'::regclass, oid, collnamespace, quote_ident(collname) FROM pg_collation
      UNION ALL SELECT 'operator class', 'pg_opclass'::regclass, oid, opcnamespace, quote_ident(opcname) FROM pg_opclass
      UNION ALL SELECT 'text search configuration', 'pg_ts_config'::regclass, oid, cfgnamespace, quote_ident(cfgname) FROM pg_ts_config
      UNION ALL SELECT 'text search dictionary', 'pg_ts_dict'::regclass, oid, dictnamespace, quote_ident(dictname) FROM pg_ts_dict
      UNION ALL SELECT 'conversion', 'pg_conversion'::regclass, oid, connamespace, quote_ident(conname) FROM pg_conversion
    ) other WHERE other.space = 'public'::regnamespace AND (other.class, other.oid) NOT IN (SELECT * FROM member)
  )
  SELECT kind, kind || ' ' || what AS what, "of", definition FROM item ORDER BY what, definition`;
