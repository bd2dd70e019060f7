import { sharedCatalogue } from "./objectCatalogue.ts";

/** Describes the objects of a catalogue, but not the server's and those of extensions. @param space the column of their schema */
const userMade = (kind: string, catalogue: string, name: string, definition = "''", space?: string) => `
    UNION ALL SELECT '${kind}', ${space ? "ns.prefix || " : ""}${name}, NULL, (${definition})::text
    FROM ${catalogue} c ${space ? `JOIN ns ON ns.oid = ${space}` : ""}
    WHERE c.oid >= 16384 AND ('${catalogue}'::regclass, c.oid) NOT IN (SELECT * FROM member)`;

/**
 * Describes everything that `objectCatalogue` leaves out and that somebody may change by hand: owners, rights, roles with power over
 * the database, extensions, schemas, comments, settings, and the rarer kinds of objects. Leaves out values of settings that the server
 * does not know, and everything about foreign servers and subscriptions but their names: both may hold secrets.
 *
 * A right from default privileges is described only if it differs from them. Large objects are data and not described.
 *
 * $1 is the app's group or null. $2 includes the rights that `planGrants` judges: those in `public` of the app's group, PUBLIC,
 * `anon` and `authenticated`.
 */
export const databaseCatalogue = `
  WITH ${sharedCatalogue},
  api AS (SELECT oid, rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role', 'authenticator')),
  owned AS (
    SELECT kind || ' ' || name AS what, relowner AS owner FROM rel
    UNION ALL SELECT kind || ' ' || name, typowner FROM typ
    UNION ALL SELECT 'function ' || name, proowner FROM fun
    UNION ALL SELECT 'schema ' || quote_ident(nspname), nspowner FROM ns
    UNION ALL SELECT 'this database', datdba FROM pg_database WHERE datname = current_database()
  ),
  acl AS (
    SELECT kind || ' ' || name AS what, kind || ' ' || name AS "of", relowner AS owner, relacl AS acl, nspname, relnamespace AS space,
      CASE relkind WHEN 'S' THEN 'S' ELSE 'r' END::"char" AS class FROM rel
    UNION ALL SELECT format('column %s.%I', r.name, a.attname), r.kind || ' ' || r.name, r.relowner, a.attacl, r.nspname, 0::oid, NULL::"char"
    FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL SELECT kind || ' ' || name, kind || ' ' || name, typowner, typacl, 'type', typnamespace, 'T' FROM typ
    UNION ALL SELECT 'function ' || name, 'function ' || name, proowner, coalesce(proacl, acldefault('f', proowner)), nspname, pronamespace, 'f' FROM fun
    UNION ALL SELECT 'schema ' || quote_ident(nspname), NULL, nspowner, nspacl, CASE nspname WHEN 'stagesub' THEN 'public' ELSE nspname END, 0, 'n' FROM ns
    UNION ALL SELECT 'this database', NULL, datdba, coalesce(datacl, acldefault('d', datdba)), 'database', 0, NULL FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'language ' || quote_ident(lanname), NULL, lanowner, coalesce(lanacl, acldefault('l', lanowner)), 'language', 0, NULL FROM pg_language
    UNION ALL SELECT 'parameter ' || parname, NULL, 10, paracl, 'parameter', 0, NULL FROM pg_parameter_acl
    UNION ALL SELECT format('what %I makes%s: %s', defaclrole::regrole::text, coalesce(' in schema ' || nullif(defaclnamespace, 0)::regnamespace::text, ''),
      CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'routines' WHEN 'T' THEN 'types' ELSE 'schemas' END),
      NULL, defaclrole, defaclacl,
      CASE WHEN defaclnamespace = 'public'::regnamespace AND defaclrole::regrole = current_user::regrole AND defaclobjtype IN ('r', 'S', 'f')
        THEN 'public' ELSE 'default' END, 0, NULL
    FROM pg_default_acl WHERE pg_get_userbyid(defaclrole) !~ '^supabase_' AND (defaclnamespace = 0 OR defaclnamespace IN (SELECT oid FROM ns))
  ),
  granted AS (
    SELECT a.what, a."of", a.nspname, a.owner, a.space, a.class, x.grantee,
      CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END AS role,
      string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY x.privilege_type) AS rights,
      bool_or(x.is_grantable) AS passed_on
    FROM acl a, aclexplode(a.acl) x WHERE x.grantee <> a.owner GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
  ),
  by_default AS (
    SELECT d.defaclrole AS owner, d.defaclnamespace AS space, d.defaclobjtype AS class, x.grantee,
      string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY x.privilege_type) AS rights
    FROM pg_default_acl d, aclexplode(d.defaclacl) x GROUP BY 1, 2, 3, 4
  ),
  item AS (
    SELECT 'owner' AS kind, what AS name, what AS "of", pg_get_userbyid(owner)::text AS definition FROM owned WHERE owner <> current_user::regrole
    UNION ALL SELECT 'grant', what || ' to ' || quote_ident(role), "of", rights FROM granted g
    WHERE ($2 OR passed_on OR nspname <> 'public' OR role NOT IN ('PUBLIC', 'anon', 'authenticated', coalesce($1, '')))
      AND NOT (nspname = 'database' AND role IN (coalesce($1, ''), 'anon', 'authenticated'))
      AND (role IN ('PUBLIC', 'anon', 'authenticated') OR NOT EXISTS (SELECT FROM by_default d WHERE (d.class, d.grantee, d.rights) = (g.class, g.grantee, g.rights)
        AND d.owner IN (g.owner, current_user::regrole) AND d.space IN (0, g.space)))
    UNION ALL SELECT 'grant', format('of system %s %s', system.kind, CASE system.kind
        WHEN 'table' THEN oid::regclass::text WHEN 'function' THEN oid::regprocedure::text ELSE oid::regnamespace::text END), NULL,
      coalesce(system.acl::text, 'as by default') FROM (
      SELECT 'pg_class'::regclass AS class, oid, 'table' AS kind, relacl AS acl FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace
      UNION ALL SELECT 'pg_proc'::regclass, oid, 'function', proacl FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
      UNION ALL SELECT 'pg_namespace'::regclass, oid, 'schema', nspacl FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema')
    ) system LEFT JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = (system.class, system.oid, 0)
    WHERE system.acl IS DISTINCT FROM i.initprivs AND (system.class, system.oid) NOT IN (SELECT * FROM member)
    UNION ALL SELECT 'limit', 'of connections to this database', NULL, datconnlimit::text FROM pg_database WHERE datname = current_database() AND datconnlimit >= 0
    UNION ALL SELECT 'limit', 'of role ' || quote_ident(rolname), NULL,
      concat_ws(', ', CASE WHEN rolconnlimit >= 0 THEN rolconnlimit || ' connections' END, 'until ' || nullif(rolvaliduntil, 'infinity'))
    FROM pg_roles WHERE (rolname = current_user OR oid IN (SELECT oid FROM api)) AND (rolconnlimit >= 0 OR rolvaliduntil <> 'infinity')
    UNION ALL SELECT 'extension', quote_ident(extname), NULL, 'in schema ' || extnamespace::regnamespace::text FROM pg_extension
    UNION ALL SELECT 'schema', quote_ident(nspname), NULL, '' FROM ns WHERE nspname NOT IN ('public', 'stagesub')
    UNION ALL SELECT 'schema', format('%I, open to %s', nspname, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee) END), NULL,
      string_agg(privilege_type, ', ' ORDER BY privilege_type)
    FROM pg_namespace n, aclexplode(n.nspacl) x
    WHERE n.oid NOT IN (SELECT oid FROM ns) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND x.grantee IN (SELECT 0 UNION ALL SELECT oid FROM api WHERE rolname IN ('anon', 'authenticated'))
    GROUP BY n.nspname, x.grantee
    UNION ALL SELECT 'role', quote_ident(rolname), NULL, concat_ws(', ', CASE WHEN rolsuper THEN 'superuser' END,
      CASE WHEN rolreplication THEN 'may replicate' END, CASE WHEN rolbypassrls THEN 'bypasses row-level security' END,
      CASE WHEN rolcreatedb THEN 'may make databases' END, CASE WHEN rolcreaterole THEN 'may make roles' END,
      CASE WHEN rolcanlogin THEN 'may log in' END)
    FROM pg_roles r WHERE (rolsuper OR rolreplication OR rolbypassrls OR oid IN (SELECT oid FROM api)) AND rolname !~ '^supabase_'
      AND rolname !~ ('^' || coalesce($1, 'pg_') || '(_[0-9]+)?$')
    UNION ALL SELECT 'membership', quote_ident(pg_get_userbyid(member)) || ' in ' || quote_ident(pg_get_userbyid(roleid)), NULL,
      concat_ws(', ', CASE WHEN bool_or(admin_option) THEN 'may administer it' END, CASE WHEN bool_or(inherit_option) THEN 'inherits' END,
        CASE WHEN bool_or(set_option) THEN 'may become it' END)
    FROM pg_auth_members WHERE (roleid = current_user::regrole OR pg_get_userbyid(roleid) ~ '^pg_' OR roleid IN (SELECT oid FROM api)
        OR member IN (SELECT oid FROM api))
      AND (inherit_option OR set_option OR admin_option) AND pg_get_userbyid(member) !~ '^(supabase_|pg_)'
      AND NOT (member = current_user::regrole AND admin_option AND NOT inherit_option AND NOT set_option)
    GROUP BY roleid, member
    UNION ALL SELECT 'comment', i.type || ' ' || replace(i.identity, 'public.', ''), (SELECT kind || ' ' || name FROM rel WHERE d.classoid = 'pg_class'::regclass AND rel.oid = d.objoid),
      CASE WHEN length(d.description) > 60 THEN left(d.description, 60) || '… ' || left(md5(d.description), 8) ELSE d.description END
    FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE (d.objoid >= 16384 OR d.objoid = 'public'::regnamespace)
      AND (i.schema IN (SELECT nspname FROM ns) OR d.classoid = 'pg_namespace'::regclass AND d.objoid IN (SELECT oid FROM ns))
    UNION ALL SELECT 'setting', 'of ' || concat_ws(' in ', CASE WHEN setrole <> 0 THEN 'role ' || pg_get_userbyid(setrole) END,
        CASE WHEN setdatabase <> 0 THEN 'this database' END) || ': ' || split_part(setting, '=', 1), NULL,
      CASE WHEN split_part(setting, '=', 1) IN (SELECT name FROM pg_settings WHERE name NOT LIKE '%.%')
        THEN substr(setting, strpos(setting, '=') + 1) ELSE 'set, its value not shown' END
    FROM pg_db_role_setting s, unnest(s.setconfig) setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      OR (setdatabase = 0 AND (setrole = 0 OR setrole = current_user::regrole OR setrole IN (SELECT oid FROM api)
        OR pg_get_userbyid(setrole) ~ ('^' || $1 || '(_[0-9]+)?$')))
    UNION ALL SELECT 'setting', 'of ' || kind || ' ' || name, kind || ' ' || name, concat_ws(', ', array_to_string(reloptions, ', '),
        CASE relreplident WHEN 'f' THEN 'replica identity full' WHEN 'n' THEN 'replica identity nothing' WHEN 'i' THEN 'replica identity by index' END,
        (SELECT 'inherits ' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = rel.oid))
    FROM rel WHERE reloptions IS NOT NULL OR (relkind = 'r' AND relreplident <> 'd') OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = rel.oid)
    UNION ALL SELECT 'setting', format('of column %s.%I', r.name, a.attname), r.kind || ' ' || r.name, concat_ws(', ', array_to_string(a.attoptions, ', '),
      CASE WHEN coalesce(a.attstattarget, -1) >= 0 THEN 'statistics ' || a.attstattarget END,
      CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || a.attstorage::text END,
      CASE WHEN a.attcompression <> '' THEN 'compression ' || a.attcompression::text END)
    FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
    WHERE r.relkind IN ('r', 'p', 'm', 'f')
      AND (a.attoptions IS NOT NULL OR coalesce(a.attstattarget, -1) >= 0 OR a.attstorage <> t.typstorage OR a.attcompression <> '')
    UNION ALL SELECT 'statistics', quote_ident(stxname), NULL, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxnamespace IN (SELECT oid FROM ns)
    UNION ALL SELECT 'publication', quote_ident(pubname), NULL, concat_ws(', ', CASE WHEN puballtables THEN 'all tables' END,
      CASE WHEN NOT (pubinsert AND pubupdate AND pubdelete AND pubtruncate) THEN concat('some changes alone ', pubinsert, pubupdate, pubdelete, pubtruncate) END,
      (SELECT 'schema ' || string_agg(pnnspid::regnamespace::text, ', ' ORDER BY 1) FROM pg_publication_namespace WHERE pnpubid = p.oid),
      (SELECT string_agg(prrelid::regclass || coalesce(' where ' || pg_get_expr(prqual, prrelid), '') || coalesce(' columns ' || prattrs::text, ''), ', ' ORDER BY prrelid::regclass::text)
       FROM pg_publication_rel WHERE prpubid = p.oid))
    FROM pg_publication p
    UNION ALL SELECT 'subscription', quote_ident(subname), NULL, '' FROM pg_subscription
      WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'event trigger', quote_ident(evtname), NULL, evtevent || ', ' || evtfoid::regproc || CASE evtenabled WHEN 'O' THEN '' ELSE ', not enabled as usual' END
    FROM pg_event_trigger
    UNION ALL SELECT 'foreign server', quote_ident(srvname), NULL, '' FROM pg_foreign_server
    UNION ALL SELECT 'user mapping', format('%s for %s', quote_ident(srvname), usename), NULL, '' FROM pg_user_mappings
    ${userMade("foreign data wrapper", "pg_foreign_data_wrapper", "quote_ident(fdwname)")}
    ${userMade("cast", "pg_cast", "format('%s to %s', castsource::regtype, casttarget::regtype)", "'context ' || castcontext::text")}
    ${userMade("language", "pg_language", "quote_ident(lanname)", "CASE WHEN lanpltrusted THEN '' ELSE 'un' END || 'trusted'")}
    ${userMade("access method", "pg_am", "quote_ident(amname)", "amhandler::text")}
    ${userMade("transform", "pg_transform", "format('of %s for %I', trftype::regtype, (SELECT lanname FROM pg_language l WHERE l.oid = trflang))")}
    ${userMade("operator", "pg_operator", "format('%s (%s, %s)', oprname, oprleft::regtype, oprright::regtype)", "oprcode", "oprnamespace")}
    ${userMade("collation", "pg_collation", "quote_ident(collname)", "concat_ws(' ', collprovider, collcollate, collctype)", "collnamespace")}
    ${userMade("operator class", "pg_opclass", "quote_ident(opcname)", "''", "opcnamespace")}
    ${userMade("operator family", "pg_opfamily", "quote_ident(opfname)", "''", "opfnamespace")}
    ${userMade("text search configuration", "pg_ts_config", "quote_ident(cfgname)", "''", "cfgnamespace")}
    ${userMade("text search dictionary", "pg_ts_dict", "quote_ident(dictname)", "dictinitoption", "dictnamespace")}
    ${userMade("text search parser", "pg_ts_parser", "quote_ident(prsname)", "prstoken", "prsnamespace")}
    ${userMade("text search template", "pg_ts_template", "quote_ident(tmplname)", "tmpllexize", "tmplnamespace")}
    ${userMade("conversion", "pg_conversion", "quote_ident(conname)", "conproc", "connamespace")}
  )
  SELECT kind, kind || ' ' || name AS what, "of", coalesce(definition, '') AS definition FROM item ORDER BY 2, 4`;
