import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type pg from "pg";
import { checkout } from "../../util/checkout.ts";
import { digestOf } from "../../util/digest.ts";

/** The first id of what is not PostgreSQL's own (FirstNormalObjectId in its source). */
const ours = "oid >= 16384";

/**
 * The system catalogues that `objectCatalogue`, `databaseCatalogue` and `planGrants` read, with the rows that count.
 * test/database/fingerprint.test.ts compares the list with the three.
 */
const catalogues: [catalogue: string, rows?: string][] = [
  // Of PostgreSQL's own, only rights are described: a change of them gives a row another number than that of its bootstrap.
  ["pg_class", `${ours} OR xmin <> '1'`],
  ["pg_proc", `${ours} OR xmin <> '1'`],
  ["pg_namespace"],
  ["pg_language"],
  ["pg_extension"],
  ["pg_attribute", "attrelid >= 16384"],
  ["pg_attrdef"],
  ["pg_constraint"],
  ["pg_index", "indrelid >= 16384"],
  ["pg_inherits"],
  ["pg_partitioned_table"],
  ["pg_foreign_table"],
  ["pg_sequence"],
  ["pg_trigger"],
  ["pg_rewrite", ours],
  ["pg_policy"],
  ["pg_type", ours],
  ["pg_enum"],
  ["pg_range", "rngtypid >= 16384"],
  ["pg_aggregate", "aggfnoid >= 16384"],
  // The last are user mappings, whose own catalogue holds passwords and is closed.
  ["pg_depend", "deptype IN ('e', 'a') OR classid = 'pg_user_mapping'::regclass"],
  ["pg_description", "objoid >= 16384 OR objoid = 'public'::regnamespace"],
  ["pg_init_privs"],
  ["pg_default_acl"],
  ["pg_parameter_acl"],
  ["pg_statistic_ext"],
  ["pg_publication"],
  ["pg_publication_namespace"],
  ["pg_publication_rel"],
  ["pg_event_trigger"],
  ["pg_foreign_server"],
  ["pg_foreign_data_wrapper"],
  ["pg_cast", ours],
  ["pg_am", ours],
  ["pg_transform", ours],
  ["pg_operator", ours],
  ["pg_opclass", ours],
  ["pg_opfamily", ours],
  ["pg_conversion", ours],
  ["pg_collation", ours],
  ["pg_ts_config", ours],
  ["pg_ts_dict", ours],
  ["pg_ts_parser", ours],
  ["pg_ts_template", ours],
  ["pg_database", "oid = (SELECT oid FROM this)"],
];

/**
 * A digest that differs after any change of what `readSchema` and `planGrants` read: a change of a catalogue's row gives it
 * another transaction number (`xmin`), and a deletion leaves one row less. It also differs after changes that nobody describes, such as
 * a temporary table, but not after those of a role that has nothing to do with this database. A role is counted by its name where another
 * catalogue refers to it, as its own row may be nobody's business here. $1 is the app's group or null, $2 the
 * rules of {@link takeFingerprint}.
 */
export const catalogueFingerprint = `
  WITH this AS (SELECT oid FROM pg_database WHERE datname = current_database()),
  -- What the rights and owners of this database name, and what has power over every database.
  role AS (
    SELECT * FROM pg_roles WHERE rolsuper OR rolreplication OR rolbypassrls OR rolname ~ '^pg_' OR rolname ~ ('^' || $1 || '(_[0-9]+)?$')
      OR rolname IN (current_user, 'anon', 'authenticated', 'service_role', 'authenticator')
      OR oid IN (SELECT refobjid FROM pg_shdepend WHERE dbid = (SELECT oid FROM this)
        UNION ALL SELECT refobjid FROM pg_shdepend WHERE dbid = 0
          AND (classid = 'pg_parameter_acl'::regclass OR (classid, objid) = ('pg_database'::regclass, (SELECT oid FROM this))))
  )
  SELECT concat_ws(' ', $2::text, current_user, count(*), sum(hashtextextended(part, 0))) AS fingerprint FROM (
    SELECT concat_ws(' ', 'role', oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
      rolconnlimit, extract(epoch FROM rolvaliduntil), pg_has_role(oid, 'USAGE')) AS part FROM role
    UNION ALL SELECT concat_ws(' ', 'subscription', oid, subname) FROM pg_subscription WHERE subdbid = (SELECT oid FROM this)
    UNION ALL SELECT concat_ws(' ', 'pg_auth_members', xmin, roleid::regrole, member::regrole) FROM pg_auth_members
      WHERE roleid IN (SELECT oid FROM role) OR member IN (SELECT oid FROM role)
    UNION ALL SELECT concat_ws(' ', 'pg_db_role_setting', xmin, setrole::regrole) FROM pg_db_role_setting
      WHERE setdatabase = (SELECT oid FROM this) OR (setdatabase = 0 AND (setrole = 0 OR setrole IN (SELECT oid FROM role)))
    ${catalogues.map(([name, rows = "true"]) => `UNION ALL SELECT '${name} ' || xmin FROM ${name} WHERE ${rows}`).join("\n    ")}) AS parts`;

let ownRules: string | undefined;

/**
 * Returns the catalogue's fingerprint. Its `rules` are a digest of the code that judges a catalogue: what another version of this program
 * found to be right, this one looks at itself.
 *
 * @param group the app's group, null if there is none
 */
export async function takeFingerprint(
  client: pg.Client,
  group: string | null,
  rules = (ownRules ??= digestRules()),
): Promise<string> {
  return (await client.query<{ fingerprint: string }>(catalogueFingerprint, [group, rules])).rows[0]!.fingerprint;
}

function digestRules(): string {
  const folders = ["infra/database/roles", "infra/database/schema"].map((folder) => path.join(checkout, folder));
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((file) => path.join(folder, file)),
  );
  return digestOf(files.map((file) => readFileSync(file, "utf8")).join("\n"));
}
