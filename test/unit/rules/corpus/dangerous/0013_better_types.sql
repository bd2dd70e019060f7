-- Columns get the types that they should have had from the beginning.

-- Up Migration
-- expect: rewrite-table
ALTER TABLE "Musician" ALTER COLUMN "points" TYPE bigint;

-- expect: narrow-type
ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE varchar(20);

-- expect: narrow-type
ALTER TABLE "Musician" ALTER COLUMN "phone" SET DATA TYPE varchar(30);

-- expect: rewrite-table
ALTER TABLE "Rehearsal" ALTER COLUMN "kind" TYPE text USING "kind"::text;

-- expect: narrow-type
ALTER TABLE "Production" ALTER COLUMN "venue" TYPE text USING upper("venue");

-- expect: narrow-type
ALTER TABLE "Musician" ALTER COLUMN "hourlyFee" TYPE integer;

-- expect: narrow-type
ALTER TABLE "Musician" ALTER COLUMN "rating" TYPE numeric(4, 0);

-- expect: narrow-type
ALTER TABLE "NotificationLog" ALTER COLUMN "sentAt" TYPE date;

-- expect: narrow-type
ALTER TABLE "AuditLog" ALTER COLUMN "createdAt" TYPE timestamp(0);

-- expect: rewrite-table
ALTER TABLE "Musician" ADD COLUMN "publicId" uuid NOT NULL DEFAULT gen_random_uuid();

-- expect: rewrite-table
ALTER TABLE "Musician" ADD COLUMN "importedAt" timestamptz DEFAULT clock_timestamp();

-- expect: rewrite-table
ALTER TABLE "Production" ADD COLUMN "invoice" bigint DEFAULT nextval('invoice_number');

-- expect: rewrite-table
ALTER TABLE "Service" ADD COLUMN "number" serial;

-- expect: rewrite-table
ALTER TABLE "Engagement" ADD COLUMN "number" bigint GENERATED ALWAYS AS IDENTITY;

-- expect: rewrite-table
ALTER TABLE "Musician" ADD COLUMN "fullName" text GENERATED ALWAYS AS ("firstName" || ' ' || "lastName") STORED;

-- expect: not-known-harmless
ALTER TABLE "NotificationLog" SET UNLOGGED;

-- expect: not-known-harmless
ALTER TABLE "AuditLog" SET TABLESPACE fast;

-- expect: drop-column, rewrite-table, set-not-null
ALTER TABLE "Engagement"
  ALTER COLUMN "feeOre" TYPE bigint,
  DROP COLUMN "notes",
  ALTER COLUMN "part" SET NOT NULL;

-- Down Migration
SELECT 1;
