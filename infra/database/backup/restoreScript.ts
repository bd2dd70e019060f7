import pg from "pg";
import { migrationLock } from "../connection/withLockedTransaction.ts";
import type { Manifest } from "./manifest.ts";
import { contentsQuery, isNoMember, otherSchemas, ownSchemas, textSettings } from "./readContents.ts";

/*
 * The SQL around pg_restore's own, all in one transaction of psql. Error codes of our own end it: SBDIF if the result differs from
 * the backup, SBKEP if something outside the backup would be lost, SBMOV if the contents differ from the copy saved before.
 */

/**
 * Begins the transaction, locks out every other run and writer, drops the contents, and makes roles and extensions.
 *
 * @param saved contents of the copy saved before: if the database differs, the transaction ends
 */
export function prepareScript({ roles, extensions }: Manifest, saved: Manifest["contents"] | undefined): string {
  return `
    BEGIN;
    SET LOCAL client_min_messages = error;
    SET LOCAL lock_timeout = '10s';
    SET LOCAL statement_timeout = 0;
    SET LOCAL search_path = '';
    SELECT pg_advisory_xact_lock(${migrationLock});
    ${forEach(`SELECT format('LOCK TABLE ONLY %I.%I IN ACCESS EXCLUSIVE MODE', n.name, c.relname)
      FROM pg_class c JOIN (${ownSchemas}) n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${isNoMember("pg_class", "c.oid")}`)}
    ${saved ? `SAVEPOINT settings; ${requireContents("SBMOV", saved)} ROLLBACK TO SAVEPOINT settings;` : ""}
    CREATE TEMP TABLE restore_kept ON COMMIT DROP AS ${outsideQuery};
    CREATE TEMP TABLE restore_defaults ON COMMIT DROP AS ${defaultsQuery};
    ${forEach("SELECT clear FROM restore_defaults ORDER BY place DESC")}
    ${keepIdentity}
    ${dropContents}
    ${forEach(`SELECT format('CREATE ROLE %I NOLOGIN', name) FROM unnest(${textArray(roles)}) name
      WHERE name NOT IN (SELECT rolname FROM pg_roles)`)}
    ${forEach(`SELECT format('CREATE SCHEMA IF NOT EXISTS %I; CREATE EXTENSION IF NOT EXISTS %I SCHEMA %1$I', x->>'schema', x->>'name')
      FROM json_array_elements(${literal(JSON.stringify(extensions))}::json) x
      WHERE x->>'name' IN (SELECT name FROM pg_available_extensions)`)}`;
}

/**
 * Drops the checks that call functions while rows are loaded: such a function may read a table that is still empty. Afterwards a check
 * that every row passes returns as it was; any other returns as NOT VALID, since its rows broke the check in the original too.
 */
export const checksOff = `
  SET LOCAL search_path = '';
  CREATE TEMP TABLE restore_checks (place int, name text, definition text, owner text) ON COMMIT DROP;
  DO $restore$ DECLARE item record; BEGIN
    FOR n IN 0..100000 LOOP
      SELECT format('ALTER %s %s', CASE contypid WHEN 0 THEN 'TABLE' ELSE 'DOMAIN' END,
          CASE contypid WHEN 0 THEN conrelid::regclass::text ELSE contypid::regtype::text END) AS owner,
        quote_ident(conname) AS name, pg_get_constraintdef(c.oid) AS definition INTO item
      FROM pg_constraint c WHERE contype = 'c' AND coninhcount = 0 AND EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
          AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))
        AND c.connamespace IN (SELECT oid FROM (${ownSchemas}) own) AND ${isNoMember("pg_constraint", "c.oid")}
      ORDER BY c.oid LIMIT 1;
      EXIT WHEN NOT FOUND;
      INSERT INTO restore_checks VALUES (n, item.name, item.definition, item.owner);
      EXECUTE format('%s DROP CONSTRAINT %s', item.owner, item.name);
    END LOOP;
  END $restore$;`;

/** Adds the dropped checks again. @param searchPath the original's, with which the checks' functions find their tables */
export const checksOn = (searchPath: string) => `
  ${forEach(`SELECT format('%s ADD CONSTRAINT %s %s', owner, name, regexp_replace(definition, '( NOT VALID)?$', ' NOT VALID'))
    FROM restore_checks ORDER BY place`)}
  SELECT set_config('search_path', ${literal(searchPath)}, true);
  DO $restore$ DECLARE statement text; BEGIN
    FOR statement IN SELECT format('%s VALIDATE CONSTRAINT %s', owner, name) FROM restore_checks
      WHERE definition !~ ' NOT VALID$' ORDER BY place LOOP
      BEGIN
        EXECUTE statement;
      EXCEPTION WHEN others THEN NULL;
      END;
    END LOOP;
  END $restore$;`;

/** Compares the database with the manifest, writes the owner mark if one is given, and commits. */
export function finishScript(manifest: Manifest, mark: { key: string; stack: string | null } | undefined): string {
  const { contents, role } = manifest;
  const setSequences = Object.entries(contents.sequences).map(
    ([name, { value, called }]) => `SELECT setval(${literal(name)}::regclass, ${value}, ${called});`,
  );
  return `
    ${textSettings};
    ${setSequences.join("\n")}
    ${forEach(`SELECT again FROM restore_defaults WHERE current_user <> ${literal(role)} ORDER BY place`)}
    ${raiseWith("SBKEP", `SELECT object AS what FROM restore_kept EXCEPT ${outsideQuery}`)}
    ${requireContents("SBDIF", contents)}
    ${mark ? takeOver(mark, role) : ""}
    COMMIT;`;
}

/** Ends the transaction with a code if the database does not hold exactly these contents. Changes the session's settings. */
function requireContents(code: string, contents: Manifest["contents"]): string {
  const list = (json: string) =>
    `SELECT k.key || ' ' || e.key AS what, e.value FROM jsonb_each(${json}) k, jsonb_each(k.value) e`;
  return `
    ${textSettings};
    ${raiseWith(
      code,
      `SELECT what FROM (${list(`(SELECT contents::jsonb FROM (${contentsQuery}) c)`)}) found
       FULL JOIN (${list(`${literal(JSON.stringify(contents))}::jsonb`)}) expected USING (what)
       WHERE found.value IS DISTINCT FROM expected.value`,
    )}`;
}

/** Writes the owner mark. Deletes the schema's record if the owner role is another: the record names it, and `pulumi up` makes it anew. */
function takeOver({ key, stack }: { key: string; stack: string | null }, role: string): string {
  return `
    UPDATE stagesub.owner SET key = ${literal(key)}, stack = ${stack === null ? "NULL" : literal(stack)};
    DO $restore$ BEGIN
      IF current_user <> ${literal(role)} AND to_regclass('stagesub.expected_schema') IS NOT NULL THEN
        DELETE FROM stagesub.expected_schema;
      END IF;
      IF current_setting('stagesub.identity', true) <> '' AND to_regclass('stagesub.identity') IS NOT NULL THEN
        UPDATE stagesub.identity SET id = current_setting('stagesub.identity')::uuid;
      END IF;
    END $restore$;`;
}

/** Saves the main database's identity: it belongs to the database, not to the restored contents. */
const keepIdentity = `
    DO $restore$ BEGIN
      IF to_regclass('stagesub.identity') IS NOT NULL THEN
        PERFORM set_config('stagesub.identity', id::text, true) FROM stagesub.identity;
      END IF;
    END $restore$;`;

const literal = (text: string) => pg.escapeLiteral(text);
const textArray = (texts: string[]) => `ARRAY[${texts.map(literal).join(", ")}]::text[]`;

/** Runs each statement that a query yields. */
function forEach(query: string): string {
  return `DO $restore$ DECLARE statement text; BEGIN
      FOR statement IN ${query} LOOP EXECUTE statement; END LOOP;
    END $restore$;`;
}

/** Ends the transaction with a code if a query yields any `what`. */
function raiseWith(code: string, query: string): string {
  return `DO $restore$ DECLARE found text; BEGIN
      SELECT string_agg(what, ', ') INTO found FROM (SELECT what FROM (${query}) w ORDER BY 1 LIMIT 10) o;
      IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = found; END IF;
    END $restore$;`;
}

/** Selects objects outside the backup that may depend on dropped ones: a trigger on Supabase's tables, an event trigger. */
const outsideQuery = `
  SELECT pg_describe_object(classid, oid, 0) AS object FROM (
    SELECT 'pg_class'::regclass AS classid, oid, relnamespace AS schema FROM pg_class
    UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
    UNION ALL SELECT 'pg_constraint'::regclass, oid, connamespace FROM pg_constraint
    UNION ALL SELECT 'pg_trigger'::regclass, t.oid, c.relnamespace
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    UNION ALL SELECT 'pg_policy'::regclass, p.oid, c.relnamespace
    FROM pg_policy p JOIN pg_class c ON c.oid = polrelid
    UNION ALL SELECT 'pg_event_trigger'::regclass, oid, NULL FROM pg_event_trigger
    UNION ALL SELECT 'pg_extension'::regclass, oid, NULL FROM pg_extension
  ) o WHERE schema IS NULL OR schema IN (SELECT oid FROM (${otherSchemas}) s)`;

/** Selects statements that revoke the role's default privileges, so that none reaches a restored object, and that grant them again. */
const defaultsQuery = `
  SELECT row_number() OVER () AS place, format('%s REVOKE ALL ON %s FROM %s', head, kind, grantee) AS clear,
    format('%s GRANT %s ON %s TO %s', head, privilege_type, kind, grantee) AS again
  FROM (
    SELECT 'ALTER DEFAULT PRIVILEGES' || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') AS head,
      CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' END AS kind,
      CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END AS grantee, x.privilege_type
    FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace,
      aclexplode(CASE WHEN cardinality(d.defaclacl) > 0 THEN d.defaclacl END) x
    WHERE d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND x.grantee <> d.defaclrole
      AND d.defaclobjtype <> 'n'
  ) d`;

/** Drops the own schemas. Only empties `public` and schemas that hold an extension. */
const dropContents = `
    DO $restore$ DECLARE item record; BEGIN
      LOOP
        SELECT CASE i.type WHEN 'composite type' THEN 'type' WHEN 'statistics object' THEN 'statistics' ELSE i.type END AS kind,
          i.identity INTO item
        FROM pg_depend d CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
        WHERE d.refclassid = 'pg_namespace'::regclass AND d.deptype = 'n'
          AND d.refobjid IN (SELECT oid FROM (${ownSchemas}) own)
          AND d.classid NOT IN ('pg_extension'::regclass, 'pg_default_acl'::regclass)
          AND NOT EXISTS (SELECT FROM pg_depend i
            WHERE i.classid = d.classid AND i.objid = d.objid AND i.objsubid = 0 AND i.deptype IN ('i', 'e'))
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        EXECUTE format('DROP %s %s CASCADE', item.kind, item.identity);
      END LOOP;
      FOR item IN SELECT name FROM (${ownSchemas}) own
        WHERE name <> 'public' AND oid NOT IN (SELECT extnamespace FROM pg_extension) LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', item.name);
      END LOOP;
      PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
    END $restore$;`;
