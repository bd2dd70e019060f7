-- What was answered long ago moves to the archive.

-- Up Migration
-- expect: copy-rows, delete-rows
WITH moved AS (
  DELETE FROM "SubstituteRequest" WHERE "respondedAt" < '2024-01-01' RETURNING "id", "responseComment"
)
INSERT INTO archive.old_requests (id, note) SELECT * FROM moved;

-- expect: delete-rows
WITH gone AS (DELETE FROM "NotificationLog" RETURNING 1)
SELECT count(*) FROM gone;

-- expect: overwrite-rows
WITH marked AS (UPDATE "Engagement" SET "notes" = NULL RETURNING "id")
SELECT count(*) FROM marked;

-- expect: delete-rows, overwrite-rows
MERGE INTO "Musician" AS m
USING archive.old_requests AS o ON m."id" = o.id
WHEN MATCHED AND o.note = 'gone' THEN DELETE
WHEN MATCHED THEN UPDATE SET "notes" = o.note;

-- expect: not-known-harmless
EXPLAIN ANALYZE DELETE FROM "PasswordResetToken";

-- expect: calls-function
PREPARE forget AS DELETE FROM archive.old_requests;
-- expect: calls-function
EXECUTE forget;

-- Down Migration
SELECT 1;
