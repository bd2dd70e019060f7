-- Rows are sorted out in a table that goes again.

-- Up Migration
CREATE TEMP TABLE doubled AS
  SELECT min("id") AS "keep", lower("email") AS "email" FROM "Musician" GROUP BY 2 HAVING count(*) > 1;
ALTER TABLE doubled ADD COLUMN "note" text NOT NULL DEFAULT gen_random_uuid()::text;
-- expect: overwrite-rows
UPDATE "SubstituteRequest" r SET "musicianId" = d."keep"
  FROM doubled d JOIN "Musician" m ON lower(m."email") = d."email" WHERE r."musicianId" = m."id";
-- expect: delete-rows
DELETE FROM "Musician" m USING doubled d WHERE lower(m."email") = d."email" AND m."id" <> d."keep";
DELETE FROM doubled;
TRUNCATE doubled;
DROP TABLE doubled;
-- expect: overwrite-rows
WITH late AS (SELECT "id" FROM "SubstituteRequest" WHERE "status" = 'SENT' AND "respondBy" < now())
UPDATE "SubstituteRequest" SET "status" = 'EXPIRED' WHERE "id" IN (SELECT "id" FROM late);
-- expect: overwrite-rows
MERGE INTO "SystemSetting" s USING (VALUES ('mail.from', 'office@example.se')) AS v (k, val) ON s."key" = v.k
  WHEN MATCHED THEN UPDATE SET "value" = v.val
  WHEN NOT MATCHED THEN INSERT ("key", "value", "type", "description") VALUES (v.k, v.val, 'TEXT', 'Sender');

-- Down Migration
SELECT 1;
