/** A change by hand: its kind, its SQL, and the text that must be reported. */
export type Mutation = [kind: string, sql: string, said: RegExp];

/** Mutations of objects that migrations make, one of each kind. `RESET ROLE` is for statements that take a superuser. */
export const mutationsOfSchema: Mutation[] = [
  ["table, new", `CREATE TABLE "Extra" (id int PRIMARY KEY)`, /table "Extra": made by hand/],
  ["table, dropped", `DROP TABLE "NotificationLog"`, /table "NotificationLog": missing/],
  ["table, renamed", `ALTER TABLE "AuditLog" RENAME TO "OldLog"`, /table "AuditLog": missing/],
  [
    "table, unlogged",
    `ALTER TABLE "NotificationLog" SET UNLOGGED`,
    /"NotificationLog": expected table, found table, unlogged/,
  ],
  [
    "table, storage parameter",
    `ALTER TABLE "User" SET (fillfactor = 70)`,
    /setting of table "User": made by hand \(fillfactor=70\)/,
  ],
  ["table, replica identity", `ALTER TABLE "User" REPLICA IDENTITY FULL`, /replica identity full/],
  ["table, inheritance", `CREATE TABLE "Kid" () INHERITS ("AuditLog")`, /"Kid": made by hand/],
  ["column, new", `ALTER TABLE "User" ADD COLUMN nickname text`, /column "User".nickname: made by hand \(text\)/],
  [
    "column, dropped",
    `ALTER TABLE "User" DROP COLUMN "lastLoginAt"`,
    /column "User"."lastLoginAt": missing; expected timestamp/,
  ],
  [
    "column that we read, dropped",
    `ALTER TABLE "User" DROP COLUMN "mustChangePassword"`,
    /column "User"."mustChangePassword": missing/,
  ],
  [
    "column of a seeded table, dropped",
    `ALTER TABLE "EmailTemplate" DROP COLUMN "language"`,
    /column "EmailTemplate".language: missing/,
  ],
  ["column, renamed", `ALTER TABLE "User" RENAME "name" TO "fullName"`, /column "User".name: missing/],
  [
    "column type",
    `ALTER TABLE "User" ALTER "name" TYPE varchar(80)`,
    /expected text NOT NULL, found character varying\(80\) NOT NULL/,
  ],
  [
    "column nullability",
    `ALTER TABLE "User" ALTER "email" DROP NOT NULL`,
    /column "User".email: expected text NOT NULL, found text$/,
  ],
  [
    "column default, changed",
    `ALTER TABLE "User" ALTER "isActive" SET DEFAULT false`,
    /found boolean NOT NULL DEFAULT false/,
  ],
  [
    "column default, dropped",
    `ALTER TABLE "User" ALTER "createdAt" DROP DEFAULT`,
    /column "User"."createdAt": expected/,
  ],
  [
    "column, generated",
    `ALTER TABLE "User" ADD COLUMN low text GENERATED ALWAYS AS (lower("email")) STORED`,
    /GENERATED ALWAYS/,
  ],
  ["column, identity", `ALTER TABLE "Service" ADD COLUMN n int GENERATED ALWAYS AS IDENTITY`, /IDENTITY/],
  ["column, collation", `ALTER TABLE "User" ALTER "name" TYPE text COLLATE "C"`, /COLLATE "C"/],
  ["column, statistics target", `ALTER TABLE "User" ALTER "email" SET STATISTICS 500`, /statistics 500/],
  ["column, storage", `ALTER TABLE "EmailTemplate" ALTER "body" SET STORAGE EXTERNAL`, /storage e/],
  [
    "check constraint, dropped",
    `ALTER TABLE "Service" DROP CONSTRAINT "Service_times_check"`,
    /"Service_times_check": missing/,
  ],
  [
    "check constraint, new",
    `ALTER TABLE "User" ADD CONSTRAINT long CHECK (length("name") > 1)`,
    /constraint "User".long: made by hand/,
  ],
  [
    "foreign key, changed",
    `ALTER TABLE "Production" DROP CONSTRAINT "Production_contactId_fkey", ADD CONSTRAINT "Production_contactId_fkey" FOREIGN KEY ("contactId") REFERENCES "User" ("id")`,
    /ON DELETE SET NULL, found FOREIGN KEY/,
  ],
  [
    "foreign key, not valid",
    `ALTER TABLE "Service" ADD FOREIGN KEY ("id") REFERENCES "Production" ("id") NOT VALID`,
    /NOT VALID/,
  ],
  ["primary key, dropped", `ALTER TABLE "AuditLog" DROP CONSTRAINT "AuditLog_pkey"`, /"AuditLog_pkey": missing/],
  [
    "unique constraint, new",
    `ALTER TABLE "User" ADD UNIQUE ("name")`,
    /constraint "User"."User_name_key": made by hand/,
  ],
  [
    "exclusion constraint, new",
    `ALTER TABLE "Service" ADD CONSTRAINT one EXCLUDE ("id" WITH =)`,
    /constraint "Service".one: made by hand/,
  ],
  [
    "foreign keys, triggers disabled",
    `RESET ROLE; ALTER TABLE "Service" DISABLE TRIGGER ALL`,
    /not enforced: its triggers are disabled/,
  ],
  [
    "index, dropped",
    `DROP INDEX "User_email_lower_key"`,
    /index "User_email_lower_key": missing; expected CREATE UNIQUE INDEX/,
  ],
  ["index, new", `CREATE INDEX by_name ON "User" ("name")`, /index by_name: made by hand/],
  [
    "index, another definition",
    `DROP INDEX "User_email_key"; CREATE UNIQUE INDEX "User_email_key" ON "User" (upper("email"))`,
    /index "User_email_key": expected/,
  ],
  [
    "index, invalid",
    `RESET ROLE; UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"User_email_key"'::regclass`,
    /which is not valid/,
  ],
  ["function, new", `CREATE FUNCTION helper() RETURNS int LANGUAGE sql RETURN 1`, /function helper\(\): made by hand/],
  [
    "procedure, new",
    `CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM "AuditLog"'`,
    /function tidy\(\): made by hand/,
  ],
  [
    "function, replaced",
    `CREATE OR REPLACE FUNCTION ours() RETURNS int LANGUAGE sql AS 'SELECT 2'`,
    /function ours\(\): expected .* found/,
  ],
  ["function, as its owner", `ALTER FUNCTION ours() SECURITY DEFINER`, /security definer/],
  ["function, dropped", `DROP FUNCTION ours()`, /function ours\(\): missing/],
  [
    "aggregate, new",
    `CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)`,
    /function total\(integer\): made by hand/,
  ],
  [
    "trigger, new",
    `CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION t()`,
    /trigger "User".t: made by hand/,
  ],
  [
    "rule, new",
    `CREATE RULE quiet AS ON DELETE TO "AuditLog" DO INSTEAD NOTHING`,
    /rule "AuditLog".quiet: made by hand/,
  ],
  ["enum, new value", `ALTER TYPE "UserRole" ADD VALUE 'GUEST'`, /enum "UserRole": expected .* found .*'GUEST'/],
  ["enum, renamed value", `ALTER TYPE "Language" RENAME VALUE 'en' TO 'de'`, /enum "Language": expected/],
  ["enum, new", `CREATE TYPE mood AS ENUM ('glad')`, /enum mood: made by hand/],
  ["domain, new", `CREATE DOMAIN post AS text CHECK (VALUE <> '')`, /domain post: made by hand/],
  ["composite type, new", `CREATE TYPE pair AS (a int, b int)`, /type pair: made by hand/],
  ["range type, new", `CREATE TYPE spans AS RANGE (subtype = date)`, /type spans: made by hand/],
  ["sequence, new", `CREATE SEQUENCE numbers`, /sequence numbers: made by hand/],
  ["view, new", `CREATE VIEW people AS SELECT "name" FROM "User"`, /view people: made by hand/],
  [
    "materialized view, new",
    `CREATE MATERIALIZED VIEW heads AS SELECT count(*) FROM "User"`,
    /materialized view heads: made by hand/,
  ],
];
