-- The importer is hindered by our checks.

-- Up Migration
-- expect: drop-check
ALTER TABLE "Engagement" DROP CONSTRAINT "Engagement_seats_check";

-- expect: drop-check
ALTER TABLE "Musician" DROP CONSTRAINT IF EXISTS "Musician_pkey" CASCADE;

-- expect: drop-object
DROP TRIGGER "Rehearsal_touch" ON "Rehearsal";

-- expect: drop-object
DROP FUNCTION "forgetExpiredTokens"();

-- expect: drop-object
DROP PROCEDURE "tidyUp";

-- expect: drop-object
DROP POLICY "Own requests" ON "SubstituteRequest";

-- expect: change-security
ALTER TABLE "User" DISABLE ROW LEVEL SECURITY;

-- expect: change-security
ALTER TABLE "SubstituteRequest" DISABLE TRIGGER ALL;

-- expect: session-setting
SET session_replication_role = replica;

-- expect: change-owner
ALTER TABLE "User" OWNER TO anon;

-- expect: change-owner
ALTER FUNCTION "touchUpdatedAt"() OWNER TO anon;

-- expect: change-owner
REASSIGN OWNED BY anon TO authenticated;

-- Down Migration
SELECT 1;
