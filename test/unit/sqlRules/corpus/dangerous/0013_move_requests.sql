-- What was answered long ago moves to the archive.

-- Up Migration
-- expect: delete-in-with
WITH moved AS (
  DELETE FROM "SubstituteRequest" WHERE "respondedAt" < '2024-01-01' RETURNING "id", "responseComment"
)
INSERT INTO archive.old_requests (id, note) SELECT * FROM moved;

-- expect: delete-without-where
WITH gone AS (DELETE FROM "NotificationLog" RETURNING 1)
SELECT count(*) FROM gone;

-- expect: update-without-where
WITH marked AS (UPDATE "Engagement" SET "notes" = NULL RETURNING "id")
SELECT count(*) FROM marked;

-- expect: merge-delete
MERGE INTO "Musician" AS m
USING archive.old_requests AS o ON m."id" = o.id
WHEN MATCHED AND o.note = 'gone' THEN DELETE
WHEN MATCHED THEN UPDATE SET "notes" = o.note;

-- expect: delete-without-where
EXPLAIN ANALYZE DELETE FROM "PasswordResetToken";

-- expect: delete-without-where
PREPARE forget AS DELETE FROM archive.old_requests;
-- expect: execute
EXECUTE forget;

-- Down Migration
SELECT 1;
