/** The first id of what is not PostgreSQL's own (FirstNormalObjectId in its source). */
const ours = "oid >= 16384";

/**
 * The system catalogues that `objectCatalogue`, `databaseCatalogue` and `planGrants` read, with the rows that count.
 * test/database/fingerprint.test.ts compares the list with the three.
 */
const catalogues: [catalogue: string, rows?: string][] = [
  // Of PostgreSQL's own, only rights are described; those of a few are not the default.
  ["pg_class", `${ours} OR relacl IS NOT NULL`],
  ["pg_proc", `${ours} OR proacl IS NOT NULL`],
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
  ["pg_depend", "deptype IN ('e', 'a')"],
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
  ["pg_auth_members"],
  ["pg_db_role_setting"],
  ["pg_database", "datname = current_database()"],
];

/**
 * Returns, as `fingerprint`, a digest that differs after any change of what `readSchema` and `planGrants` read: a change of a catalogue's row gives it
 * another transaction number (`xmin`), and a deletion leaves one row less. It also differs after changes that nobody describes, such as
 * a temporary table or another database's role.
 */
export const catalogueFingerprint = `
  SELECT md5(string_agg(part, ' ' ORDER BY part)) AS fingerprint FROM (
    SELECT 'user ' || current_user AS part
    UNION ALL SELECT concat_ws(' ', 'role', oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
      rolconnlimit, extract(epoch FROM rolvaliduntil)) FROM pg_roles
    UNION ALL SELECT concat_ws(' ', 'subscription', oid, subdbid, subname) FROM pg_subscription
    UNION ALL SELECT concat_ws(' ', 'mapping', umid, srvid, umuser) FROM pg_user_mappings
    ${catalogues
      .map(
        ([name, rows = "true"]) =>
          `UNION ALL SELECT concat_ws(' ', '${name}', count(*), sum(hashtextextended(xmin::text, 0))) FROM ${name} WHERE ${rows}`,
      )
      .join("\n    ")}) AS parts`;
