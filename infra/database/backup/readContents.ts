import pg from "pg";
import { UserError } from "../../errors.ts";
import { asAlways } from "../schema/readSchema.ts";
import type { Manifest } from "./readBackup.ts";

/**
 * Selects the schemas that a backup holds: all but the server's, Supabase's own and those of extensions. Supabase's schemas, except
 * `extensions`, belong to roles of its own.
 */
export const ownSchemas = `
  SELECT n.oid, n.nspname AS name FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner
  WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'extensions')
    AND o.rolname !~ '^(supabase_.+|pgbouncer)$'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e')`;

/** Selects the schemas that a backup leaves out, except the server's. */
export const otherSchemas = `
  SELECT oid, nspname AS name FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND oid NOT IN (SELECT oid FROM (${ownSchemas}) own)`;

/** Returns a condition that is true for objects that no extension made. */
export const isNoMember = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;

/** Settings, for the transaction only, with which the same row always reads as the same text. */
export const textSettings = `${asAlways};
  SET LOCAL search_path = '';
  SET LOCAL lc_monetary = 'C';
  SET LOCAL xmlbinary = 'base64';
  SET LOCAL row_security = off`;

/** Describes the database to back up, and names the schemas to leave out. @throws {UserError} for an object that no restore could bring back as it is */
export async function describeDatabase(client: pg.Client, key: string) {
  type Description = Pick<Manifest, "takenAt" | "server" | "role" | "searchPath" | "roles" | "extensions">;
  const { rows } = await client.query<Description & { others: string[]; strange: string[] }>(`
    WITH own AS (${ownSchemas}), me AS (SELECT oid FROM pg_roles WHERE rolname = current_user)
    SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "takenAt", current_user::text AS role,
      current_setting('server_version') AS server,
      (SELECT reset_val FROM pg_settings WHERE name = 'search_path') AS "searchPath",
      ARRAY(SELECT name::text FROM (${otherSchemas}) o ORDER BY 1) AS others,
      ARRAY(SELECT DISTINCT r.rolname::text FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
        WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype IN ('a', 'r') AND r.oid <> (SELECT oid FROM me)
          AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1) AS roles,
      ARRAY(SELECT json_build_object('name', x.extname, 'schema', n.nspname) FROM pg_extension x
        JOIN pg_namespace n ON n.oid = x.extnamespace
        WHERE x.extname <> 'plpgsql' AND (x.extowner = (SELECT oid FROM me) OR EXISTS (
          SELECT FROM pg_depend m JOIN pg_depend u ON (u.refclassid, u.refobjid) = (m.classid, m.objid)
          CROSS JOIN LATERAL pg_identify_object(u.classid, u.objid, 0) i
          WHERE m.refclassid = 'pg_extension'::regclass AND m.refobjid = x.oid AND m.deptype = 'e'
            AND (i.schema IN (SELECT quote_ident(name) FROM own) OR u.classid = 'pg_attrdef'::regclass)))
        ORDER BY x.extname) AS extensions,
      ARRAY(
        SELECT format('%s, of %I', pg_describe_object(classid, oid, 0), pg_get_userbyid(owner)) FROM (
          SELECT 'pg_class'::regclass AS classid, oid, relowner AS owner FROM pg_class
          WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relnamespace IN (SELECT oid FROM own)
          UNION ALL SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc WHERE pronamespace IN (SELECT oid FROM own)
          UNION ALL SELECT 'pg_type'::regclass, oid, typowner FROM pg_type
          WHERE typtype IN ('d', 'e', 'r') AND typnamespace IN (SELECT oid FROM own)
          UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner FROM pg_namespace
          WHERE nspname <> 'public' AND oid IN (SELECT oid FROM own)
          UNION ALL SELECT 'pg_largeobject'::regclass, oid, lomowner FROM pg_largeobject_metadata
        ) o WHERE owner <> (SELECT oid FROM me) AND NOT EXISTS (
          SELECT FROM pg_depend e WHERE e.classid = o.classid AND e.objid = o.oid AND e.objsubid = 0 AND e.deptype IN ('e', 'i'))
        UNION ALL SELECT pg_describe_object('pg_class'::regclass, oid, 0) || ', where Supabase keeps extensions' FROM pg_class
        WHERE relkind IN ('r', 'p', 'm') AND relowner = (SELECT oid FROM me) AND relnamespace = to_regnamespace('extensions')
          AND ${isNoMember("pg_class", "oid")}
      ) AS strange`);
  const { strange, ...description } = rows[0]!;
  if (strange.length === 0) return description;
  const { role } = description;
  throw new UserError(
    "backup-refused",
    `Refusing to back up ${key}: expected everything to belong to ${role}, who restores it, got ${strange.join("; ")}. ` +
      `Make ${role} the owner (ALTER … OWNER TO), or move it out.`,
  );
}

/** Counts the rows of a table, and digests their texts in a way that does not depend on their order. */
const digestRows = (table: string, text: string) => `
  SELECT json_build_object('rows', count(*), 'digest', concat_ws('-', ${[1, 16, 31, 46]
    .map((at) => `coalesce(sum(('x' || substr(hash, ${at}, 15))::bit(60)::bigint), 0)`)
    .join(", ")})) AS json
  FROM (SELECT encode(sha256(convert_to(${text}, 'UTF8')), 'hex') AS hash FROM ${table}) h`;

const readSequence = "SELECT json_build_object('value', last_value::text, 'called', is_called) AS json FROM %s";

/** Runs a statement that names an object as %s, by `query_to_xml`: a name is data here, and SQL does not take one for a table. */
const runFor = (statement: string) =>
  `substring(query_to_xml(format(${pg.escapeLiteral(statement)}, name), false, true, '')::text FROM '<json>(.*)</json>')::json`;

const collect = (kind: string, value: string) =>
  `coalesce((SELECT json_object_agg(name, ${value} ORDER BY name) FROM held WHERE relkind = '${kind}'), '{}')`;

/** Selects the contents of the own schemas as JSON, in a transaction with {@link textSettings}. */
export const contentsQuery = `
  WITH own AS (${ownSchemas}), held AS (
    SELECT format('%I.%I', n.name, c.relname) AS name, c.relkind, c.relispopulated
    FROM pg_class c JOIN own n ON n.oid = c.relnamespace WHERE ${isNoMember("pg_class", "c.oid")})
  SELECT json_build_object(
    'tables', ${collect("r", runFor(digestRows("ONLY %s t", "(t.*)::text")))},
    'views', ${collect("m", "relispopulated")},
    'sequences', ${collect("S", runFor(readSequence))},
    'objects', (${digestRows("pg_largeobject_metadata", "oid || ' ' || encode(sha256(lo_get(oid)), 'hex')")})) AS contents`;
