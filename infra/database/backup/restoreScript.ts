import pg from "pg";
import { migrationLock } from "../connection/withLockedTransaction.ts";
import type { Identity } from "../tenant/owner.ts";
import type { Manifest } from "./readBackup.ts";
import { contentsQuery, isNoMember, otherSchemas, ownSchemas, textSettings } from "./readContents.ts";

/*
 * The SQL around pg_restore's own, all in one transaction of psql. Errors with our own codes end it: SBREF refuses the restore, SBDIF
 * says that the result differs from the backup.
 */

/** Facts about the target database. */
export interface Target {
  role: string;
  /** Publications stay, as extensions do; the restore adds their tables again. */
  publications: string[];
  /** The main database's identity: it belongs to the database, not to the restored contents. Empty elsewhere. */
  identity: string;
}

/**
 * Begins the transaction, locks out every other run and writer, drops the contents, and makes roles and extensions.
 *
 * @param saved contents of the copy saved before: if the database differs, the transaction ends
 */
export function prepareScript({ key, roles, extensions }: Manifest, saved: Manifest["contents"] | undefined): string {
  return `
    BEGIN;
    SET LOCAL client_min_messages = error;
    SET LOCAL lock_timeout = '10s';
    SET LOCAL statement_timeout = 0;
    SET LOCAL search_path = '';
    SELECT pg_advisory_xact_lock(${migrationLock});
    ${forEach(`SELECT format('LOCK TABLE ONLY %I.%I IN ACCESS EXCLUSIVE MODE', n.name, c.relname)
      FROM pg_class c JOIN (${ownSchemas}) n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${isNoMember("pg_class", "c.oid")}`)}
    ${saved ? `SAVEPOINT settings; ${requireContents("SBREF", writtenSince(key), saved)} ROLLBACK TO SAVEPOINT settings;` : ""}
    CREATE TEMP TABLE restore_kept ON COMMIT DROP AS ${outsideQuery};
    CREATE TEMP TABLE restore_defaults ON COMMIT DROP AS ${defaultsQuery};
    ${forEach("SELECT clear FROM restore_defaults ORDER BY place DESC")}
    ${dropContents}
    ${forEach(`SELECT format('CREATE ROLE %I NOLOGIN', name) FROM json_array_elements_text(${literal(JSON.stringify(roles))}) name
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

/**
 * Sets the original's search path, which pg_dump empties: without it a function in a constraint, a generated column or a materialized
 * view may not find its tables (https://www.postgresql.org/docs/17/app-pgdump.html).
 */
export const searchPathOf = ({ searchPath }: Manifest) =>
  `SELECT set_config('search_path', ${literal(searchPath)}, true);`;

/** Adds the dropped checks again. */
export const checksOn = (manifest: Manifest) => `
  ${forEach(`SELECT format('%s ADD CONSTRAINT %s %s', owner, name, regexp_replace(definition, '( NOT VALID)?$', ' NOT VALID'))
    FROM restore_checks ORDER BY place`)}
  ${searchPathOf(manifest)}
  DO $restore$ DECLARE statement text; BEGIN
    FOR statement IN SELECT format('%s VALIDATE CONSTRAINT %s', owner, name) FROM restore_checks
      WHERE definition !~ ' NOT VALID$' ORDER BY place LOOP
      BEGIN
        EXECUTE statement;
      EXCEPTION WHEN others THEN NULL;
      END;
    END LOOP;
  END $restore$;`;

const writtenSince = (key: string) =>
  `Refusing to restore ${key}: expected what was saved a moment ago, found that somebody has written since: %s. ` +
  "The database is as it is, with that. Stop whoever writes, then run this again.";

/**
 * Compares the database with the manifest, writes the owner mark if one is given, and commits. Deletes the schema's record if the owner role is
 * another: the record names that role, and `pulumi up` makes it anew.
 */
export function finishScript({ key, contents, role }: Manifest, target: Target, mark: Identity | undefined): string {
  const isMoved = target.role !== role;
  const setSequence = ([name, { value, called }]: [string, { value: string; called: boolean }]) =>
    `SELECT setval(${literal(name)}::regclass, ${value}, ${called});`;
  return `
    ${textSettings};
    ${Object.entries(contents.sequences).map(setSequence).join("\n")}
    ${isMoved ? forEach("SELECT again FROM restore_defaults ORDER BY place") : ""}
    ${raiseWith(
      "SBREF",
      `Refusing to restore ${key}: %s depends on what would be replaced, and the backup does not hold it. ` +
        "Drop it, restore, and make it again. The database is as it was.",
      `SELECT object AS what FROM restore_kept EXCEPT ${outsideQuery}`,
    )}
    ${requireContents("SBDIF", `${key}: what arrived is not what was backed up: %s. The database is as it was.`, contents)}
    ${mark ? `UPDATE stagesub.owner SET key = ${literal(mark.key)}, stack = ${mark.stack === null ? "NULL" : literal(mark.stack)};` : ""}
    ${mark && isMoved && "stagesub.expected_schema" in contents.tables ? "DELETE FROM stagesub.expected_schema;" : ""}
    ${target.identity && "stagesub.identity" in contents.tables ? `UPDATE stagesub.identity SET id = ${literal(target.identity)};` : ""}
    COMMIT;`;
}

/** Ends the transaction if the database does not hold exactly these contents. Changes the session's settings. */
function requireContents(code: string, message: string, contents: Manifest["contents"]): string {
  const list = (json: string) =>
    `SELECT k.key || ' ' || e.key AS what, e.value FROM jsonb_each(${json}) k, jsonb_each(k.value) e`;
  return `
    ${textSettings};
    ${raiseWith(
      code,
      message,
      `SELECT what FROM (${list(`(SELECT contents::jsonb FROM (${contentsQuery}) c)`)}) found
       FULL JOIN (${list(`${literal(JSON.stringify(contents))}::jsonb`)}) expected USING (what)
       WHERE found.value IS DISTINCT FROM expected.value`,
    )}`;
}

const literal = (text: string) => pg.escapeLiteral(text);

/** Runs each statement that a query yields. */
function forEach(query: string): string {
  return `DO $restore$ DECLARE statement text; BEGIN
      FOR statement IN ${query} LOOP EXECUTE statement; END LOOP;
    END $restore$;`;
}

/** Ends the transaction if a query yields any `what`, which takes the place of %s in the message. */
function raiseWith(code: string, message: string, query: string): string {
  return `DO $restore$ DECLARE found text; BEGIN
      SELECT string_agg(what, ', ') INTO found FROM (SELECT what FROM (${query}) w ORDER BY 1 LIMIT 10) o;
      IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = format(${literal(message)}, found); END IF;
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
