-- Columns get the types that they should have had from the beginning.

-- Up Migration
-- expect: change-column-type
ALTER TABLE "Musician" ALTER COLUMN "points" TYPE bigint;

-- expect: change-column-type
ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE varchar(20);

-- expect: change-column-type
ALTER TABLE "Musician" ALTER COLUMN "phone" SET DATA TYPE varchar(30);

-- expect: change-column-type
ALTER TABLE "Rehearsal" ALTER COLUMN "kind" TYPE text USING "kind"::text;

-- expect: change-column-type
ALTER TABLE "Production" ALTER COLUMN "venue" TYPE text USING upper("venue");

-- expect: lossy-column-type
ALTER TABLE "Musician" ALTER COLUMN "hourlyFee" TYPE integer;

-- expect: lossy-column-type
ALTER TABLE "Musician" ALTER COLUMN "rating" TYPE numeric(4, 0);

-- expect: lossy-column-type
ALTER TABLE "NotificationLog" ALTER COLUMN "sentAt" TYPE date;

-- expect: lossy-column-type
ALTER TABLE "AuditLog" ALTER COLUMN "createdAt" TYPE timestamp(0);

-- expect: volatile-default
ALTER TABLE "Musician" ADD COLUMN "publicId" uuid NOT NULL DEFAULT gen_random_uuid();

-- expect: volatile-default
ALTER TABLE "Musician" ADD COLUMN "importedAt" timestamptz DEFAULT clock_timestamp();

-- expect: volatile-default
ALTER TABLE "Production" ADD COLUMN "invoice" bigint DEFAULT nextval('invoice_number');

-- expect: serial-column
ALTER TABLE "Service" ADD COLUMN "number" serial;

-- expect: serial-column
ALTER TABLE "Engagement" ADD COLUMN "number" bigint GENERATED ALWAYS AS IDENTITY;

-- expect: stored-column
ALTER TABLE "Musician" ADD COLUMN "fullName" text GENERATED ALWAYS AS ("firstName" || ' ' || "lastName") STORED;

-- expect: set-logged
ALTER TABLE "NotificationLog" SET UNLOGGED;

-- expect: set-tablespace
ALTER TABLE "AuditLog" SET TABLESPACE fast;

-- expect: change-column-type, drop-column, set-not-null
ALTER TABLE "Engagement"
  ALTER COLUMN "feeOre" TYPE bigint,
  DROP COLUMN "notes",
  ALTER COLUMN "part" SET NOT NULL;

-- Down Migration
SELECT 1;
