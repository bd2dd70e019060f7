-- A new season: last year's requests go.

-- Up Migration
-- expect: delete-rows
TRUNCATE "NotificationLog";

-- expect: delete-rows, delete-rows
TRUNCATE TABLE ONLY public."SubstituteRequest", "Engagement" RESTART IDENTITY CASCADE;

-- expect: delete-rows
DELETE FROM "Service";

-- expect: delete-rows
DELETE FROM public."Production" WHERE true;

-- expect: delete-rows
DELETE FROM "EmailTemplate" WHERE 1 = 1 OR "name" = 'welcome';

-- expect: delete-rows
delete from "Instrument" as i using "MusicianInstrument" as m;

-- expect: delete-rows
DELETE FROM "SystemSetting" WHERE "id" IS NOT NULL;

-- expect: overwrite-rows
UPDATE "Musician" SET "isActive" = false, "phone" = NULL;

-- expect: overwrite-rows
UPDATE "User" SET "passwordHash" = NULL WHERE NOT false;

-- expect: overwrite-rows
UPDATE "Production" p SET "contactId" = u."id" FROM "User" u;

-- expect: overwrite-rows
UPDATE "Musician" SET "email" = lower("email") WHERE "email" LIKE '%';

-- Down Migration
SELECT 1;
