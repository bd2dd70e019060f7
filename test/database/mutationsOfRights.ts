import type { Mutation } from "./mutationsOfSchema.ts";

/** Of rights, roles, the rarer things of the catalogue and rows, one a kind. */
export const mutationsOfRights: Mutation[] = [
  [
    "policy of ours, dropped",
    `DROP POLICY stagesub_app ON "User"`,
    /rights: CREATE POLICY stagesub_app ON public."User"/,
  ],
  [
    "policy of ours, changed",
    `ALTER POLICY stagesub_app ON "User" USING (false)`,
    /rights: CREATE POLICY stagesub_app ON public."User"/,
  ],
  [
    "policy that lets others in, new",
    `CREATE POLICY all_in ON "User" USING (true)`,
    /rights: DROP POLICY all_in ON public."User"/,
  ],
  [
    "policy that restricts, new",
    `CREATE POLICY few ON "User" AS RESTRICTIVE USING (false)`,
    /policy "User".few: made by hand/,
  ],
  [
    "row-level security, off",
    `ALTER TABLE "User" DISABLE ROW LEVEL SECURITY`,
    /rights: ALTER TABLE public."User" ENABLE ROW LEVEL SECURITY/,
  ],
  [
    "row-level security, forced",
    `ALTER TABLE "User" FORCE ROW LEVEL SECURITY`,
    /row-level security forced on its owner/,
  ],
  ["grant to anon", `GRANT SELECT ON "User" TO anon`, /rights: REVOKE ALL ON TABLE public."User" FROM anon/],
  [
    "grant to PUBLIC",
    `GRANT SELECT ON "AuditLog" TO PUBLIC`,
    /rights: REVOKE ALL ON TABLE public."AuditLog" FROM PUBLIC/,
  ],
  ["grant of a column", `GRANT SELECT ("email") ON "User" TO authenticated`, /FROM authenticated/],
  [
    "grant to another role",
    `GRANT SELECT ON "User" TO dashboard_user`,
    /grant table "User" to dashboard_user: made by hand \(SELECT\)/,
  ],
  [
    "grant to the app's login itself",
    `GRANT TRUNCATE ON "User" TO {login}`,
    /grant table "User" to .*_1: made by hand/,
  ],
  ["grant, to be passed on", `GRANT SELECT ON "User" TO {app} WITH GRANT OPTION`, /SELECT with grant option/],
  [
    "grant on our own schema",
    `GRANT SELECT ON stagesub.owner TO authenticated`,
    /grant table stagesub.owner to authenticated/,
  ],
  [
    "the app's right, revoked",
    `REVOKE UPDATE ON "User" FROM {app}`,
    /rights: GRANT .*UPDATE ON TABLE public."User" TO/,
  ],
  [
    "the app's right on the schema, revoked",
    `REVOKE USAGE ON SCHEMA public FROM {app}`,
    /rights: GRANT USAGE ON SCHEMA public/,
  ],
  [
    "default privileges",
    `ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO dashboard_user`,
    /makes in schema public: tables to dashboard_user/,
  ],
  [
    "owner of a table",
    `RESET ROLE; ALTER TABLE "User" OWNER TO dashboard_user`,
    /owner table "User": expected .*, found dashboard_user/,
  ],
  ["owner of a type", `RESET ROLE; ALTER TYPE "Language" OWNER TO dashboard_user`, /owner type "Language": expected/],
  [
    "owner of a function",
    `RESET ROLE; ALTER FUNCTION ours() OWNER TO dashboard_user`,
    /owner function ours\(\): expected/,
  ],
  ["extension, new", `RESET ROLE; CREATE EXTENSION pg_trgm`, /extension pg_trgm: made by hand/],
  ["extension, dropped", `RESET ROLE; DROP EXTENSION plpgsql CASCADE`, /extension plpgsql: missing/],
  ["schema, new", `CREATE SCHEMA side AUTHORIZATION {owner}`, /schema side: made by hand/],
  [
    "comment",
    `COMMENT ON COLUMN "User"."passwordHash" IS 'plain text'`,
    /comment table column "User"."passwordHash": expected/,
  ],
  ["statistics object", `CREATE STATISTICS pairs ON "name", "email" FROM "User"`, /statistics pairs: made by hand/],
  ["publication", `CREATE PUBLICATION outside FOR TABLE "User"`, /publication outside: made by hand/],
  [
    "event trigger",
    `RESET ROLE; CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()`,
    /function e\(\): made by hand/,
  ],
  [
    "operator",
    `CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)`,
    /operator === \(text, text\): made by hand/,
  ],
  ["collation", `CREATE COLLATION swedish (provider = builtin, locale = 'C.UTF-8')`, /collation swedish: made by hand/],
  [
    "text search configuration",
    `CREATE TEXT SEARCH CONFIGURATION sv (COPY = pg_catalog.swedish)`,
    /text search configuration sv: made by hand/,
  ],
  ["cast", `CREATE CAST ("Language" AS text) WITH INOUT AS ASSIGNMENT`, /cast .*Language.* to text: made by hand/],
  [
    "setting of the database",
    `ALTER DATABASE {database} SET work_mem = '64MB'`,
    /setting of this database: work_mem: made by hand \(64MB\)/,
  ],
  [
    "setting of the app's login",
    `ALTER ROLE {login} SET search_path = side`,
    /setting of role .*_1: search_path: made by hand/,
  ],
  ["app's login, may not log in", `ALTER ROLE {login} NOLOGIN`, /missing: the app's login role/],
  ["app's login, ended", `ALTER ROLE {login} VALID UNTIL '2020-01-01'`, /missing: the app's login role/],
  [
    "app's login, about to end",
    `ALTER ROLE {login} VALID UNTIL '2999-01-01'`,
    /rights: ALTER ROLE .* VALID UNTIL 'infinity'/,
  ],
  ["app's login, out of its group", `REVOKE {app} FROM {login}`, /rights: GRANT "app_.*" TO "app_.*_1"/],
  [
    "app's login, in another group",
    `RESET ROLE; GRANT pg_read_all_data TO {login}`,
    /role .*_1: expected .* found member of pg_read_all_data/,
  ],
  ["app's login, more than an app's", `RESET ROLE; ALTER ROLE {login} BYPASSRLS`, /bypasses row-level security/],
  ["app's group, may log in", `ALTER ROLE {app} LOGIN`, /role app_.*: expected .* found may log in/],
  ["app's group, another member", `GRANT {app} TO dashboard_user`, /with the member dashboard_user/],
  [
    "a seeded template, gone",
    `DELETE FROM "EmailTemplate" WHERE "name" = 'welcome' AND "language" = 'sv'`,
    /missing: EmailTemplate welcome.sv/,
  ],
  [
    "a seeded setting, gone",
    `DELETE FROM "SystemSetting" WHERE "key" IN (SELECT "key" FROM "SystemSetting" LIMIT 1)`,
    /missing: SystemSetting /,
  ],
  ["administrator, gone", `DELETE FROM "User"`, /administrator: missing/],
  ["administrator, no longer one", `UPDATE "User" SET "role" = 'VIEWER'`, /administrator: missing/],
  ["administrator, put out", `UPDATE "User" SET "isActive" = false`, /administrator: missing/],
  ["the record itself, gone", `DELETE FROM stagesub.expected_schema`, /record of its schema: missing/],
];
