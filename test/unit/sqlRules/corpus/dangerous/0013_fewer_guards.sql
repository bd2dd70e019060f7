-- The importer is hindered by our checks.

-- Up Migration
-- expect: drop-constraint
ALTER TABLE "Engagement" DROP CONSTRAINT "Engagement_seats_check";

-- expect: drop-constraint
ALTER TABLE "Musician" DROP CONSTRAINT IF EXISTS "Musician_pkey" CASCADE;

-- expect: drop-trigger
DROP TRIGGER "Rehearsal_touch" ON "Rehearsal";

-- expect: drop-function
DROP FUNCTION "forgetExpiredTokens"();

-- expect: drop-function
DROP PROCEDURE "tidyUp";

-- expect: drop-policy
DROP POLICY "Own requests" ON "SubstituteRequest";

-- expect: disable-row-security
ALTER TABLE "User" DISABLE ROW LEVEL SECURITY;

-- expect: disable-trigger
ALTER TABLE "SubstituteRequest" DISABLE TRIGGER ALL;

-- expect: disable-trigger
SET session_replication_role = replica;

-- expect: change-owner
ALTER TABLE "User" OWNER TO anon;

-- expect: change-owner
ALTER FUNCTION "touchUpdatedAt"() OWNER TO anon;

-- expect: change-owner
REASSIGN OWNED BY anon TO authenticated;

-- Down Migration
SELECT 1;
