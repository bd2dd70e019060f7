import { describe, expect, it } from "vitest";

import { findDangers } from "../../../infra/database/migrations/rules/findDangers.ts";
import { applied, toFile } from "./corpus.ts";

async function rulesOf(sql: string): Promise<string> {
  const found = await findDangers([...applied, toFile("0013_x.sql", sql)], (file) => file === "0013_x.sql");
  return found.map(({ rule, refused }) => `${rule}${refused ? "" : " (warned)"}`).join(", ");
}

/** Each kind of harm with siblings: reports from the field first, then what else has its shape. It proves nothing of kinds not listed. */
const dangers: Record<string, string[]> = {
  "delete-rows": [
    `DO $$ BEGIN DELETE FROM "User"; END $$`,
    `DO $$ BEGIN IF EXISTS (SELECT 1) THEN NULL; ELSE DELETE FROM "User"; END IF; END $$`,
    `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM "User") THEN TRUNCATE "Musician"; END IF; END $$`,
    `DELETE FROM "User" WHERE length("name") >= 0`,
    `DELETE FROM "User" WHERE EXISTS (SELECT 1)`,
    `DELETE FROM "AuditLog" WHERE "createdAt" < now()`,
    `DELETE FROM "User" a USING "User" b WHERE a."id" = b."id"`,
    `DELETE FROM "User" WHERE "id" = '1'`,
    `DELETE FROM ONLY "User" WHERE CURRENT_DATE > '2000-01-01'`,
    `TRUNCATE "AuditLog"`,
    `WITH gone AS (DELETE FROM "User" RETURNING *) SELECT count(*) FROM gone`,
    `MERGE INTO "User" u USING (SELECT 1 AS id) s ON u."id" = s.id::text WHEN NOT MATCHED BY SOURCE THEN DELETE`,
    `MERGE INTO "User" u USING "Musician" m ON u."email" = m."email" WHEN MATCHED THEN DELETE`,
    `CREATE TABLE kept AS WITH gone AS (DELETE FROM "User" RETURNING *) SELECT * FROM gone`,
  ],
  "overwrite-rows": [
    `UPDATE "User" SET "isActive" = false WHERE "id" IS NOT NULL`,
    `UPDATE "User" SET "name" = '' WHERE "email" LIKE '%@%'`,
    `INSERT INTO "SystemSetting" ("key", "value") VALUES ('a', 'b') ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value"`,
    `MERGE INTO "SystemSetting" s USING (SELECT 'a' AS k) v ON s."key" = v.k WHEN MATCHED THEN UPDATE SET "value" = ''`,
    `UPDATE "Musician" SET "isActive" = NOT "isActive"`,
    `UPDATE "PasswordResetToken" SET "usedAt" = now() WHERE "usedAt" IS NULL`,
    `ALTER TABLE "User" ADD COLUMN x int; UPDATE "User" SET x = 1, "name" = 'x'`,
  ],
  "narrow-type": [
    `ALTER TABLE "Production" ALTER COLUMN "title" TYPE varchar(10) USING "title"::varchar(10)`,
    `ALTER TABLE "Production" ALTER COLUMN "title" TYPE varchar(10)`,
    `ALTER TABLE "Production" ALTER COLUMN "title" TYPE text USING "title"::varchar(5)::text`,
    `ALTER TABLE "Production" ALTER COLUMN "title" TYPE text USING left("title", 10)`,
    `ALTER TABLE "Musician" ALTER COLUMN "hourlyFee" TYPE integer USING "hourlyFee"::integer`,
    `ALTER TABLE "Musician" ALTER COLUMN "rating" TYPE numeric(3, 1)`,
    `ALTER TABLE "Service" ALTER COLUMN "startsAt" TYPE date`,
    `ALTER TABLE "Musician" ALTER COLUMN "phone" TYPE bigint USING "phone"::bigint`,
    `ALTER TABLE "Musician" ALTER COLUMN "points" TYPE smallint`,
    `ALTER TABLE "Unknown" ALTER COLUMN "x" TYPE int`,
  ],
  "move-sequence": [
    `SELECT setval('invoice_number', 1)`,
    `SELECT pg_catalog.setval('invoice_number', 1, false)`,
    `ALTER SEQUENCE invoice_number RESTART`,
    `ALTER SEQUENCE invoice_number RESTART WITH 1000 MAXVALUE 2000 CYCLE`,
    `INSERT INTO "SystemSetting" ("key", "value") SELECT 'a', setval('invoice_number', 1)::text ON CONFLICT DO NOTHING`,
  ],
  "drop-object": [
    `DROP VIEW "ActiveMusician"; CREATE VIEW "ActiveMusician" AS SELECT * FROM "Musician"`,
    `DROP FUNCTION IF EXISTS "forgetExpiredTokens"(); CREATE FUNCTION "forgetExpiredTokens"() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    `DROP TRIGGER "Rehearsal_touch" ON "Rehearsal"`,
    `DROP POLICY "Own requests" ON "SubstituteRequest"`,
    `DROP SCHEMA archive`,
    `DROP EXTENSION btree_gist`,
    `DROP OWNED BY app_malmo`,
    `DROP TYPE "SeatKind"`,
  ],
  "drop-check": [
    `ALTER TABLE "Engagement" DROP CONSTRAINT "Engagement_seats_check"`,
    `DROP INDEX "User_email_key"`,
    `DROP INDEX CONCURRENTLY "User_email_key"`,
    `ALTER TABLE "Service" DROP CONSTRAINT IF EXISTS "Service_productionId_fkey", ADD CONSTRAINT "Service_productionId_fkey" FOREIGN KEY ("productionId") REFERENCES "Production" ("id") ON DELETE CASCADE NOT VALID`,
  ],
  "drop-default": [
    `ALTER TABLE "User" ALTER COLUMN "id" DROP DEFAULT`,
    `ALTER TABLE "Unknown" ALTER COLUMN "createdAt" DROP DEFAULT`,
    `ALTER TABLE "User" ADD COLUMN x int NOT NULL DEFAULT 1; ALTER TABLE "User" ALTER COLUMN x DROP DEFAULT`,
    `ALTER TABLE "Unknown" ADD COLUMN IF NOT EXISTS x int NOT NULL DEFAULT 1, ALTER COLUMN x DROP DEFAULT`,
  ],
  "change-default (warned)": [
    `ALTER TABLE "User" ALTER COLUMN "isActive" SET DEFAULT false`,
    `ALTER TABLE "User" ALTER COLUMN "createdAt" SET DEFAULT clock_timestamp()`,
    `ALTER TABLE "Unknown" ALTER COLUMN x SET DEFAULT 1`,
  ],
  replace: [
    `CREATE OR REPLACE VIEW "ActiveMusician" AS SELECT "id", "email" FROM "Musician"`,
    `CREATE OR REPLACE FUNCTION "touchUpdatedAt"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
  ],
  "definer-without-search-path": [
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
    `CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET lock_timeout = '1s' AS 'SELECT 1'`,
    `CREATE PROCEDURE p() LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS 'BEGIN END'`,
  ],
  "change-security": [
    `CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'`,
    `ALTER TABLE auth.users ADD COLUMN x text`,
    `CREATE INDEX CONCURRENTLY ON storage.objects (name)`,
    `CREATE SCHEMA IF NOT EXISTS cron; INSERT INTO cron.job (command) VALUES ('DELETE FROM "User"')`,
    `SELECT * INTO copied FROM auth.users`,
    `CREATE FUNCTION run(q text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS 'BEGIN EXECUTE q; END'`,
    `INSERT INTO stagesub.migration (file, sha256) VALUES ('0013_x.sql', '')`,
    `INSERT INTO cron.job (schedule, command) SELECT '* * * * *', 'DELETE FROM "User"'`,
    `MERGE INTO stagesub.login l USING "User" u ON false WHEN NOT MATCHED THEN INSERT VALUES ('x', 1)`,
    `INSERT INTO auth.audit_log_entries (payload) VALUES ('{}')`,
    `INSERT INTO storage.buckets (id, name, public) VALUES ('photos', 'photos', true)`,
    `CREATE VIEW logins AS SELECT email FROM auth.users`,
    `CREATE VIEW secrets AS SELECT (SELECT secret FROM vault.secrets LIMIT 1) FROM "User"`,
    `CREATE MATERIALIZED VIEW logins AS SELECT u."id", a.email FROM "User" u JOIN auth.users a ON a.email = u."email"`,
    `CREATE TABLE logins AS WITH a AS (SELECT * FROM auth.users) SELECT * FROM a`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f() SECURITY DEFINER`,
    `ALTER VIEW "ActiveMusician" SET (security_invoker = false)`,
    `ALTER VIEW "ActiveMusician" RESET (security_invoker)`,
    `ALTER FUNCTION "forgetExpiredTokens"() SECURITY INVOKER`,
    `ALTER FUNCTION "forgetExpiredTokens"() RESET ALL`,
    `ALTER POLICY "Own requests" ON "SubstituteRequest" USING (true)`,
    `ALTER TABLE "User" DISABLE ROW LEVEL SECURITY`,
    `ALTER TABLE "User" NO FORCE ROW LEVEL SECURITY`,
    `ALTER TABLE "Rehearsal" DISABLE TRIGGER ALL`,
  ],
  "open-policy": [
    `CREATE POLICY everybody ON "User" FOR SELECT TO anon USING (true)`,
    `CREATE POLICY everybody ON "User" USING (true)`,
    `CREATE TABLE t (id int); CREATE POLICY everybody ON t TO anon USING (true)`,
    `CREATE POLICY signed_in ON "User" FOR UPDATE TO authenticated USING (true) WITH CHECK (true)`,
  ],
  "restrict-rows": [
    `CREATE POLICY nobody ON "User" AS RESTRICTIVE USING (false)`,
    `ALTER TABLE "User" ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE "User" FORCE ROW LEVEL SECURITY`,
  ],
  revoke: [
    `REVOKE INSERT ON "User" FROM app_malmo`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app_malmo`,
    `REVOKE USAGE ON SCHEMA public FROM PUBLIC`,
  ],
  role: [
    `CREATE ROLE intruder LOGIN SUPERUSER PASSWORD 'x'`,
    `ALTER ROLE app_malmo BYPASSRLS`,
    `ALTER ROLE app_malmo SET search_path = evil`,
    `DROP ROLE app_malmo`,
    `CREATE USER u`,
  ],
  "grant-more": [
    `GRANT postgres TO app_malmo`,
    `GRANT ALL ON "User" TO app_malmo`,
    `GRANT SELECT ON "User" TO app_malmo WITH GRANT OPTION`,
    `GRANT TRUNCATE ON "User" TO app_malmo`,
    `GRANT CREATE ON SCHEMA public TO app_malmo`,
    `GRANT CREATE ON DATABASE postgres TO app_malmo`,
  ],
  "grant-to-everybody": [
    `GRANT SELECT ON "User" TO anon`,
    `GRANT SELECT ON "User" TO PUBLIC`,
    `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO authenticated`,
    `CREATE TABLE t (id int); GRANT SELECT ON t TO anon`,
    `GRANT EXECUTE ON FUNCTION "forgetExpiredTokens"() TO authenticated`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(int) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION f(int) TO anon`,
  ],
  "default-privileges": [
    `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO anon`,
    `ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
  ],
  "change-owner": [
    `ALTER TABLE "User" OWNER TO app_malmo`,
    `ALTER FUNCTION "forgetExpiredTokens"() OWNER TO app_malmo`,
    `REASSIGN OWNED BY postgres TO app_malmo`,
    `CREATE SCHEMA s AUTHORIZATION app_malmo`,
  ],
  "make-administrator": [
    `ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'admin'`,
    `INSERT INTO "User" ("name", "email", "role") VALUES ('x', 'x@example.se', 'ADMIN')`,
    `INSERT INTO "User" ("name", "email") SELECT 'x', 'y' ON CONFLICT DO NOTHING`,
    `ALTER TABLE "User" ADD COLUMN "isAdmin" boolean NOT NULL DEFAULT true`,
    `ALTER TABLE "Member" ADD COLUMN role text DEFAULT 'admin'`,
    `ALTER TABLE "User" ADD COLUMN "isAdmin" boolean; UPDATE "User" SET "isAdmin" = "isActive"`,
  ],
  "server-wide": [
    `CREATE EXTENSION dblink`,
    `CREATE EXTENSION IF NOT EXISTS pg_trgm CASCADE`,
    `ALTER EXTENSION btree_gist UPDATE`,
    `CREATE EXTENSION file_fdw; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw`,
    `CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw`,
    `CREATE PUBLICATION p FOR ALL TABLES`,
    `CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p`,
    `CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS ''; CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION e()`,
    `ALTER SYSTEM SET wal_level = minimal`,
    `ALTER DATABASE postgres SET search_path = evil`,
    `CREATE FOREIGN TABLE t (a int) SERVER s`,
  ],
  "session-setting": [
    `SET ROLE app_malmo`,
    `SET SESSION AUTHORIZATION app_malmo`,
    `SET session_replication_role = replica`,
    `SET search_path = archive`,
    `SET statement_timeout = 0`,
    `SET LOCAL row_security = off`,
    `SELECT set_config('role', 'app_malmo', false)`,
    `SELECT pg_catalog.set_config('search_path', '', false)`,
    `RESET ALL`,
    `DISCARD ALL`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql SET role = postgres AS 'SELECT 1'`,
  ],
  "calls-function": [
    `DO $$ BEGIN IF NOT EXISTS (SELECT wipe()) THEN CREATE TYPE x AS ENUM ('a'); END IF; END $$`,
    `DO $$ BEGIN RAISE NOTICE 'wiped: %', wipe(); END $$`,
    `DO $$ BEGIN IF false THEN NULL; ELSIF wipe() > 0 THEN NULL; END IF; END $$`,
    `SELECT "forgetExpiredTokens"()`,
    `SELECT count(*) FROM "forgetExpiredTokens"()`,
    `CALL "tidyUp"()`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity`,
    `SELECT lo_unlink(1)`,
    `SELECT nextval('invoice_number')`,
    `CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM "User" RETURNING 1'; SELECT wipe()`,
    `CREATE FUNCTION lower(int) RETURNS text LANGUAGE sql AS 'DELETE FROM "User" RETURNING name'; SELECT lower(1)`,
    `ALTER TABLE "Production" ADD CONSTRAINT c CHECK (dangerous("title")) NOT VALID`,
    `CREATE INDEX CONCURRENTLY i ON "Production" (own_function("title"))`,
    `INSERT INTO "SystemSetting" ("key", "value") VALUES ('a', query_to_xml('DELETE FROM "User"', true, true, '')::text)`,
    `CREATE TABLE t (id int DEFAULT pg_advisory_lock(1))`,
    `PREPARE p AS DELETE FROM "User"`,
    `EXECUTE p`,
  ],
  "do-block": [
    `DO 'BEGIN NULL; END'`,
    `DO $$ BEGIN EXECUTE 'DROP TABLE "User"'; END $$`,
    `DO $$ DECLARE t text; BEGIN CREATE TYPE x AS ENUM ('a'); END $$`,
    `DO $$ BEGIN CREATE TYPE x AS ENUM ('a'); EXCEPTION WHEN others THEN NULL; END $$`,
    `DO $$ BEGIN CREATE TYPE x AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN PERFORM wipe(); END $$`,
    `DO $$ BEGIN IF EXISTS (SELECT 1) THEN CREATE TYPE x AS ENUM ('a'); END IF; PERFORM wipe(); END $$`,
    `DO $$ BEGIN IF EXISTS (SELECT 1) THEN RETURN; END IF; CREATE TYPE x AS ENUM ('a'); END $$`,
    `DO $$ BEGIN IF EXISTS (SELECT 1) THEN RAISE NOTICE 'x'; ELSE EXECUTE 'DROP TABLE "User"'; END IF; END $$`,
    `DO $$ BEGIN FOR i IN 1..2 LOOP ALTER TABLE "User" ADD COLUMN x int; END LOOP; END $$`,
    `DO LANGUAGE plpython3u $$ BEGIN CREATE TYPE x AS ENUM ('a'); END $$`,
  ],
  "copy-data": [`COPY "User" TO PROGRAM 'curl x'`, `COPY "User" FROM '/tmp/x'`, `COPY "User" FROM stdin`],
  "transaction-control": [
    `SELECT 1; COMMIT; SELECT 2`,
    `ROLLBACK`,
    `BEGIN; CREATE INDEX CONCURRENTLY i ON "User" ("name"); COMMIT`,
    `BEGIN; DROP INDEX CONCURRENTLY "User_email_key"; COMMIT`,
  ],
  rename: [
    `ALTER TABLE "User" RENAME TO "Person"`,
    `ALTER TABLE "User" RENAME COLUMN "name" TO "fullName"`,
    `ALTER TYPE "UserRole" RENAME VALUE 'VIEWER' TO 'READER'`,
    `ALTER TABLE "User" SET SCHEMA archive`,
    `ALTER FUNCTION "touchUpdatedAt"() RENAME TO t`,
  ],
  "unseen-trigger": [
    `CREATE TRIGGER t BEFORE DELETE ON "User" FOR EACH ROW EXECUTE FUNCTION "touchUpdatedAt"()`,
    `CREATE TRIGGER t BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
  ],
  "not-known-harmless": [
    `CREATE RULE r AS ON DELETE TO "User" DO INSTEAD NOTHING`,
    `CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)`,
    `CREATE CAST (text AS int) WITH INOUT AS IMPLICIT`,
    `EXPLAIN ANALYZE DELETE FROM "User"`,
    `ALTER TABLE "User" SET UNLOGGED`,
    `ALTER INDEX "User_email_key" SET TABLESPACE elsewhere`,
    `ALTER TABLE "User" SET TABLESPACE elsewhere`,
    `ALTER MATERIALIZED VIEW m SET TABLESPACE elsewhere`,
    `ALTER INDEX ALL IN TABLESPACE here SET TABLESPACE elsewhere`,
    `ALTER TABLE "User" REPLICA IDENTITY NOTHING`,
    `ALTER TABLE "User" REPLICA IDENTITY FULL`,
    `CREATE SCHEMA s CREATE TABLE t (a int)`,
    `REINDEX (TABLESPACE elsewhere, CONCURRENTLY) TABLE "User"`,
    `CREATE VIEW v AS SELECT json_objectagg("name": "email") FROM "User"`,
    `ALTER TABLE "User" ALTER COLUMN "name" TYPE constructor; LISTEN x`,
    `CREATE TABLE t (a int) TABLESPACE elsewhere`,
    `CREATE UNLOGGED TABLE t (a int)`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'x'`,
    `SELECT * FROM "User" FOR UPDATE`,
    `LISTEN x`,
    `SECURITY LABEL ON TABLE "User" IS 'x'`,
    `CREATE TABLE t () INHERITS ("User")`,
    `ALTER TABLE "User" SET (autovacuum_enabled = false)`,
  ],
  "check-on-new-rows (warned)": [
    `ALTER TABLE "Musician" ADD CONSTRAINT c CHECK ("phone" IS NOT NULL) NOT VALID`,
    `ALTER TABLE "Musician" ADD CONSTRAINT c CHECK (false) NOT VALID`,
    `ALTER TABLE "Seat" ADD CONSTRAINT c CHECK (holder <> 'b') NOT VALID`,
    `ALTER TABLE "Production" ADD CONSTRAINT c CHECK ("startsOn" > '2030-01-01') NOT VALID`,
    `ALTER TABLE "Account" ADD CONSTRAINT c CHECK (balance >= 0) NOT VALID`,
  ],
  "rewrite-table (warned)": [
    `CREATE DOMAIN seats AS int CHECK (VALUE > 0); ALTER TABLE "Production" ADD COLUMN seats seats`,
    `ALTER TABLE "Production" ADD COLUMN at timestamptz DEFAULT clock_timestamp()`,
    `ALTER TABLE "Production" ALTER COLUMN "title" TYPE citext`,
    `ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE extensions.citext`,
  ],
  "check-validates (warned)": [`ALTER TABLE "Production" ADD COLUMN seats int NOT NULL DEFAULT 1 CHECK (seats > 0)`],
  "drop-not-null (warned)": [
    `ALTER DOMAIN percent DROP NOT NULL`,
    `ALTER TABLE "Musician" ALTER COLUMN "email" DROP NOT NULL`,
    `ALTER TABLE "Unknown" ALTER COLUMN x DROP NOT NULL, ADD COLUMN y int`,
  ],
  "may-replace (warned)": [
    `CREATE OR REPLACE FUNCTION is_admin() RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
    `CREATE OR REPLACE VIEW members AS SELECT * FROM "User"`,
    `CREATE OR REPLACE VIEW members WITH (security_invoker = off) AS SELECT * FROM "User"`,
    `CREATE OR REPLACE VIEW members WITH (security_invoker = 'no') AS SELECT * FROM "User"`,
    `CREATE FUNCTION upper(varchar) RETURNS text LANGUAGE sql AS 'SELECT $1'`,
    `CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT clock_timestamp()'`,
  ],
  "cascades (warned)": [
    `ALTER TABLE "AuditLog" ADD CONSTRAINT f FOREIGN KEY ("entityId") REFERENCES "Engagement" ("id") ON DELETE CASCADE NOT VALID`,
    `ALTER TABLE "AuditLog" ADD FOREIGN KEY ("entityId") REFERENCES "Engagement" ("id") ON DELETE SET NULL`,
  ],
  "copy-rows (warned)": [`INSERT INTO "Engagement" SELECT * FROM "Engagement"`],
  "fill-nulls (warned)": [`UPDATE "Musician" SET "phone" = '' WHERE "phone" IS NULL`],
};

describe.each(Object.entries(dangers))("%s", (rule, statements) => {
  it.each(statements)("is found in %s", async (sql) => {
    expect((await rulesOf(sql)).split(", ")).toContain(rule);
  });
});

describe("ordinary migrations", () => {
  it.each([
    `CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL DEFAULT now(), n int GENERATED ALWAYS AS IDENTITY, u text REFERENCES "User" (id) ON DELETE CASCADE);
     CREATE INDEX ON t (at DESC) WHERE n > 0; CREATE UNIQUE INDEX t_n ON t (n); COMMENT ON TABLE t IS 'x';
     ALTER TABLE t ENABLE ROW LEVEL SECURITY;
     CREATE POLICY own ON t FOR SELECT TO authenticated USING (auth.uid() = u::uuid); CREATE POLICY members ON t USING (is_member(u))`,
    `CREATE TABLE IF NOT EXISTS t (id serial PRIMARY KEY); CREATE INDEX IF NOT EXISTS t_i ON t (id); ALTER TABLE t ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE "User" ADD COLUMN "bio" text, ADD COLUMN "score" int NOT NULL DEFAULT 0, ADD COLUMN "at" timestamptz DEFAULT now()`,
    `ALTER TABLE "User" ADD COLUMN "bio" text; UPDATE "User" SET "bio" = lower("name") WHERE "bio" IS NULL`,
    `ALTER TABLE "Production" ADD COLUMN "ownerId" text; ALTER TABLE "Production" ADD CONSTRAINT fk FOREIGN KEY ("ownerId") REFERENCES "User" ("id")`,
    `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.a = now(); RETURN NEW; END';
     CREATE TABLE t (a timestamptz); CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
     INSERT INTO t VALUES (now())`,
    `CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.a = now(); RETURN NEW; END'`,
    `CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS 'SELECT a'; REVOKE ALL ON FUNCTION f(int) FROM PUBLIC; GRANT EXECUTE ON FUNCTION f(int) TO service_role`,
    `INSERT INTO "SystemSetting" ("key", "value", "type", "description") VALUES ('a', 'b', 'TEXT', '') ON CONFLICT ("key") DO NOTHING`,
    `INSERT INTO "Instrument" ("name", "section") VALUES ('Theremin', 'OTHER')`,
    `CREATE TABLE "Role" (name text PRIMARY KEY); INSERT INTO "Role" VALUES ('admin'), ('member'); UPDATE "Role" SET name = upper(name); DELETE FROM "Role" WHERE name = 'x'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON "User" TO app_malmo; GRANT USAGE ON SCHEMA public TO app_malmo; GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO app_malmo`,
    `CREATE EXTENSION IF NOT EXISTS pgcrypto; CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions; CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION pg_trgm`,
    `CREATE TYPE mood AS ENUM ('a', 'b'); ALTER TYPE mood ADD VALUE 'c'; ALTER TYPE "RequestStatus" ADD VALUE IF NOT EXISTS 'x' AFTER 'SENT'; CREATE DOMAIN pos AS int CHECK (VALUE > 0); CREATE TYPE pair AS (a int, b text)`,
    `CREATE VIEW v AS SELECT u.*, row_number() OVER (ORDER BY "name") FROM "User" u LEFT JOIN "Production" p ON p."contactId" = u."id" WHERE EXISTS (SELECT 1 FROM "Service") GROUP BY u."id" HAVING count(DISTINCT p."id") > 0 LIMIT 5`,
    `CREATE OR REPLACE VIEW v WITH (security_invoker = true) AS SELECT 1 AS a; COMMENT ON VIEW v IS 'x'; GRANT SELECT ON v TO app_malmo`,
    `CREATE MATERIALIZED VIEW m AS SELECT date_trunc('day', "createdAt") AS d, count(*) FROM "User" GROUP BY 1; CREATE UNIQUE INDEX m_d ON m (d); REFRESH MATERIALIZED VIEW m`,
    `ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE varchar(100); ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE text`,
    `ALTER TABLE "AuditLog" ADD CONSTRAINT f FOREIGN KEY ("entityId") REFERENCES "Engagement" ("id") NOT VALID`,
    `ALTER TABLE "Musician" VALIDATE CONSTRAINT "Musician_city_set"; ALTER TABLE "Musician" ALTER COLUMN "city" SET NOT NULL; ALTER TABLE "Musician" DROP CONSTRAINT "Musician_city_set"`,
    `CREATE INDEX CONCURRENTLY i ON "User" (lower("name"))`,
    `REINDEX INDEX CONCURRENTLY "User_email_key"`,
    `BEGIN; SET LOCAL lock_timeout = '5s'; CREATE TABLE t (a int); COMMIT`,
    `CREATE TABLE p (id bigint, at date NOT NULL) PARTITION BY RANGE (at); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); CREATE TABLE p2 PARTITION OF p DEFAULT`,
    `CREATE SCHEMA reports; CREATE TABLE reports.monthly (month date PRIMARY KEY); CREATE SEQUENCE s START 1001; ALTER SEQUENCE s OWNED BY reports.monthly.month; ANALYZE "User"; SELECT 1`,
    `CREATE STATISTICS st ON "firstName", "lastName" FROM "Musician"; ALTER TABLE "User" ALTER COLUMN "name" SET STATISTICS 500; ALTER TABLE "User" SET (fillfactor = 80); ALTER INDEX "User_email_key" SET (fillfactor = 80)`,
    `ALTER TABLE "User" RENAME CONSTRAINT "User_pkey" TO pk; ALTER INDEX "User_email_key" RENAME TO k; CREATE TABLE t (a int NOT NULL); ALTER TABLE t ALTER COLUMN a DROP NOT NULL`,
    `CREATE TEMP TABLE t AS SELECT "id" FROM "User"; DELETE FROM t; DROP TABLE t`,
    `DO $$ BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN null; END $$`,
    `DO $$ BEGIN -- once; it's enough\n IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('a'); END IF; END $$`,
    `DO $$ BEGIN
       IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'User' AND column_name = 'bio') THEN
         ALTER TABLE "User" ADD COLUMN bio text; RAISE NOTICE 'Added %; all''s well', 'bio';
       END IF;
       IF EXISTS (SELECT 1 FROM "User" WHERE "email" = '') THEN RAISE EXCEPTION 'empty'; ELSE NULL; END IF;
     END; $$`,
    `CREATE FUNCTION mine() RETURNS SETOF "User" LANGUAGE sql STABLE AS 'SELECT * FROM "User"'; GRANT ALL ON FUNCTION mine() TO anon, authenticated`,
    `CREATE SCHEMA reports; CREATE TABLE reports.m (a int); CREATE VIEW v AS SELECT a FROM reports.m; CREATE VIEW c AS SELECT relname FROM pg_catalog.pg_class`,
    `CREATE VIEW me WITH (security_invoker = true) AS SELECT email FROM auth.users`,
    `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TABLE t (a int); DROP TRIGGER IF EXISTS f ON t; CREATE TRIGGER f BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()`,
    `CREATE SCHEMA pgboss; CREATE TABLE pgboss.job (id uuid PRIMARY KEY); CREATE INDEX ON pgboss.job (id); INSERT INTO pgboss.job VALUES (gen_random_uuid())`,
    `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$ BEGIN EXECUTE 'SELECT 1'; RETURN NEW; END $$`,
    `ALTER TABLE "User" SET (autovacuum_vacuum_scale_factor = 0.01); ALTER TABLE "User" ADD COLUMN x int DEFAULT 1; ALTER TABLE "User" ALTER COLUMN x DROP DEFAULT`,
    `NOTIFY pgrst, 'reload schema'; SELECT pg_notify('pgrst', 'reload schema')`,
  ])("are silent: %s", async (sql) => {
    expect(await rulesOf(sql)).toBe("");
  });
});

describe("a check that proved a column never null", () => {
  const judge = async (...later: string[]) => {
    const files = [
      `ALTER TABLE "User" ADD COLUMN "c" text; ALTER TABLE "User" ADD CONSTRAINT "c_set" CHECK ("c" IS NOT NULL)`,
      ...later,
    ].map((sql, index) => toFile(`${String(13 + index).padStart(4, "0")}_x.sql`, sql));
    const last = files.at(-1)!.file;
    return (await findDangers([...applied, ...files], (file) => file === last)).map(({ rule }) => rule);
  };

  it("goes with its column, and follows its new name", async () => {
    expect(await judge(`ALTER TABLE "User" ALTER COLUMN "c" SET NOT NULL`)).toEqual([]);
    const renamed = `ALTER TABLE "User" RENAME COLUMN "c" TO "d"`;
    expect(await judge(renamed, `ALTER TABLE "User" ALTER COLUMN "d" SET NOT NULL`)).toEqual([]);
    const again = [`ALTER TABLE "User" DROP COLUMN "c"`, `ALTER TABLE "User" ADD COLUMN "c" text`];
    expect(await judge(...again, `ALTER TABLE "User" ALTER COLUMN "c" SET NOT NULL`)).toEqual(["set-not-null"]);
  });
});
