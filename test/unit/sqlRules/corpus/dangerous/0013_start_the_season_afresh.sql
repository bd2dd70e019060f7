-- A new season: last year's requests go.

-- Up Migration
-- expect: truncate
TRUNCATE "NotificationLog";

-- expect: truncate, truncate
TRUNCATE TABLE ONLY public."SubstituteRequest", "Engagement" RESTART IDENTITY CASCADE;

-- expect: delete-without-where
DELETE FROM "Service";

-- expect: delete-without-where
DELETE FROM public."Production" WHERE true;

-- expect: delete-without-where
DELETE FROM "EmailTemplate" WHERE 1 = 1 OR "name" = 'welcome';

-- expect: delete-without-where
delete from "Instrument" as i using "MusicianInstrument" as m;

-- expect: delete-without-where
DELETE FROM "SystemSetting" WHERE "id" IS NOT NULL;

-- expect: update-without-where
UPDATE "Musician" SET "isActive" = false, "phone" = NULL;

-- expect: update-without-where
UPDATE "User" SET "passwordHash" = NULL WHERE NOT false;

-- expect: update-without-where
UPDATE "Production" p SET "contactId" = u."id" FROM "User" u;

-- expect: update-without-where
UPDATE "Musician" SET "email" = lower("email") WHERE "email" LIKE '%';

-- Down Migration
SELECT 1;
