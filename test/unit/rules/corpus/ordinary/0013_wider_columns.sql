-- Types that only get wider: the bytes stay as they are.

-- Up Migration
ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE varchar(80);
ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE varchar(80) USING "nickname"::varchar(80);
ALTER TABLE "Musician" ALTER COLUMN "nickname" SET DATA TYPE text;
ALTER TABLE "Musician" ALTER COLUMN "hourlyFee" TYPE numeric(10, 2);
ALTER TABLE "Musician" ALTER COLUMN "rating" TYPE numeric;
ALTER TABLE "NotificationLog" ALTER COLUMN "sentAt" TYPE timestamp;
ALTER TABLE "AuditLog" ALTER COLUMN "createdAt" TYPE timestamp(6);
ALTER TABLE "Musician" ALTER COLUMN "lastName" TYPE varchar;
ALTER TABLE "Musician" ALTER COLUMN "notes" SET STATISTICS 200;
ALTER TABLE "Musician" SET (autovacuum_vacuum_scale_factor = 0.05);

-- Down Migration
SELECT 1;
