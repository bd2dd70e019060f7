-- What the statements of the corpus are about, besides migrations/orchestra: applied before each of its files.

-- Up Migration
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA archive;
CREATE TABLE archive.old_requests (id text PRIMARY KEY, note text);
CREATE SEQUENCE invoice_number;
CREATE DOMAIN percent AS integer;
CREATE TYPE "SeatKind" AS ENUM ('DESK', 'SOLO');

ALTER TABLE "Musician"
  ADD COLUMN "nickname" varchar(50),
  ADD COLUMN "rating" numeric(4, 1),
  ADD COLUMN "hourlyFee" numeric(8, 2),
  ADD COLUMN "points" integer,
  ADD COLUMN "seat" text,
  ADD COLUMN "city" text,
  ADD CONSTRAINT "Musician_city_set" CHECK ("city" IS NOT NULL) NOT VALID,
  ADD CONSTRAINT "Musician_seat_set" CHECK ("seat" IS NOT NULL);

CREATE TABLE "Rehearsal" (
  "id" integer NOT NULL,
  "room" text,
  "during" tsrange,
  "share" percent,
  "kind" "SeatKind",
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "Rehearsal_id_idx" ON "Rehearsal" ("id");
CREATE INDEX "Rehearsal_room_idx" ON "Rehearsal" ("room");

CREATE TABLE "Attendance" ("id" text NOT NULL, "on" date NOT NULL) PARTITION BY RANGE ("on");
CREATE TABLE "Attendance_2025" PARTITION OF "Attendance" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE "Attendance_2024" ("id" text NOT NULL, "on" date NOT NULL);

CREATE VIEW "ActiveMusician" WITH (security_invoker = true) AS SELECT "id", "email" FROM "Musician" WHERE "isActive";
CREATE MATERIALIZED VIEW "RequestsPerMonth" AS
  SELECT date_trunc('month', "createdAt") AS "month", count(*) AS "count" FROM "SubstituteRequest" GROUP BY 1;
CREATE UNIQUE INDEX "RequestsPerMonth_month_key" ON "RequestsPerMonth" ("month");

CREATE FUNCTION "touchUpdatedAt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."updatedAt" = CURRENT_TIMESTAMP;
  RETURN NEW;
END
$$;
CREATE TRIGGER "Rehearsal_touch" BEFORE UPDATE ON "Rehearsal" FOR EACH ROW EXECUTE FUNCTION "touchUpdatedAt"();
CREATE FUNCTION "forgetExpiredTokens"() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public AS
  'WITH gone AS (DELETE FROM "PasswordResetToken" WHERE "expiresAt" < now() RETURNING 1) SELECT count(*)::integer FROM gone';
CREATE PROCEDURE "tidyUp"() LANGUAGE sql AS 'DELETE FROM "NotificationLog" WHERE "createdAt" < now() - interval ''1 year''';
CREATE POLICY "Own requests" ON "SubstituteRequest" FOR SELECT USING (false);
CREATE STATISTICS "Musician_name_stats" ON "firstName", "lastName" FROM "Musician";

-- Down Migration
DROP SCHEMA archive CASCADE;
