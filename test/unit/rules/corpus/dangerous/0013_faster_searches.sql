-- Searches that were slow.

-- Up Migration
-- expect: index-without-concurrently
CREATE INDEX "Musician_phone_idx" ON "Musician" ("phone");

-- expect: index-without-concurrently
CREATE UNIQUE INDEX IF NOT EXISTS "Musician_nickname_key" ON public."Musician" USING btree (lower("nickname"));

-- expect: drop-index
DROP INDEX "Musician_lastName_firstName_idx";

-- expect: drop-index
DROP INDEX IF EXISTS public."Rehearsal_room_idx";

-- expect: reindex
REINDEX TABLE "Musician";

-- expect: reindex
REINDEX INDEX "Engagement_status_idx";

-- expect: vacuum-full
CLUSTER "Engagement" USING "Engagement_status_idx";

-- expect: lock-table
LOCK TABLE "Musician" IN ACCESS EXCLUSIVE MODE;

-- expect: refresh-view
REFRESH MATERIALIZED VIEW "RequestsPerMonth";

-- expect: unseen-trigger
CREATE TRIGGER "Musician_touch" BEFORE UPDATE ON "Musician" FOR EACH ROW EXECUTE FUNCTION "touchUpdatedAt"();

-- expect: not-known-harmless
CREATE RULE "AuditLog_keep" AS ON DELETE TO "AuditLog" DO INSTEAD NOTHING;

-- Down Migration
SELECT 1;
