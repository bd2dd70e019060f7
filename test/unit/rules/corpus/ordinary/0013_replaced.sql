-- Texts of functions, views, triggers and policies, replaced in place.

-- Up Migration
-- expect: replace
CREATE OR REPLACE FUNCTION "forgetExpiredTokens"() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
  WITH gone AS (DELETE FROM "PasswordResetToken" RETURNING 1) SELECT count(*)::integer FROM gone
$$;
-- expect: replace
CREATE OR REPLACE FUNCTION "touchUpdatedAt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- DROP TABLE "User"; is text here.
  NEW."updatedAt" = clock_timestamp();
  RETURN NEW;
END
$$;
-- expect: replace
CREATE OR REPLACE VIEW "ActiveMusician" WITH (security_invoker = true) AS
  SELECT "id", "email", "firstName" FROM "Musician" WHERE "isActive";
-- expect: drop-object
DROP POLICY "Own requests" ON "SubstituteRequest";
-- expect: open-policy
CREATE POLICY "Own requests" ON "SubstituteRequest" FOR SELECT USING ("sentById" = current_setting('app.user', true));
-- expect: drop-object
DROP PROCEDURE IF EXISTS "tidyUp"();
CREATE PROCEDURE "tidyUp"() LANGUAGE sql BEGIN ATOMIC
  DELETE FROM "NotificationLog";
  UPDATE "Musician" SET "notes" = NULL;
END;
CREATE VIEW "Upcoming" AS SELECT "id", "title" FROM "Production" WHERE "startsOn" > CURRENT_DATE;
CREATE MATERIALIZED VIEW "SeatsPerSection" AS
  SELECT i."section", sum(e."seats") AS "seats" FROM "Engagement" e JOIN "Instrument" i ON i."id" = e."instrumentId" GROUP BY 1;
CREATE UNIQUE INDEX "SeatsPerSection_section_key" ON "SeatsPerSection" ("section");
REFRESH MATERIALIZED VIEW "SeatsPerSection";
-- expect: move-sequence
SELECT setval('invoice_number', 1000);
SELECT 1;
-- expect: revoke
REVOKE EXECUTE ON FUNCTION "forgetExpiredTokens"() FROM PUBLIC;
-- expect: default-privileges
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon;
GRANT SELECT ON "Upcoming" TO service_role;

-- Down Migration
SELECT 1;
