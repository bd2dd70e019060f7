-- The database refuses what the app never writes.

-- Up Migration
-- expect: required-column
ALTER TABLE "Musician" ADD COLUMN "country" text NOT NULL;

-- expect: required-column
ALTER TABLE "Musician" ADD COLUMN "region" text NOT NULL DEFAULT NULL;

-- expect: set-not-null
ALTER TABLE "Musician" ALTER COLUMN "phone" SET NOT NULL;

-- The check is there, and nobody has validated it.
-- expect: set-not-null
ALTER TABLE "Musician" ALTER COLUMN "city" SET NOT NULL;

-- expect: foreign-key-validates
ALTER TABLE "AuditLog" ADD CONSTRAINT "AuditLog_entityId_fkey" FOREIGN KEY ("entityId") REFERENCES "Engagement" ("id");

-- expect: check-validates
ALTER TABLE "Musician" ADD CONSTRAINT "Musician_email_check" CHECK ("email" LIKE '%@%');


-- expect: unique-builds-index
ALTER TABLE "Musician" ADD CONSTRAINT "Musician_phone_key" UNIQUE ("phone");

-- expect: unique-builds-index
ALTER TABLE "Rehearsal" ADD PRIMARY KEY ("id");

-- expect: add-exclude
ALTER TABLE "Rehearsal" ADD CONSTRAINT "Rehearsal_room_free" EXCLUDE USING gist ("room" WITH =, "during" WITH &&);

-- expect: domain-constraint
ALTER DOMAIN percent ADD CONSTRAINT percent_range CHECK (VALUE BETWEEN 0 AND 100);

-- expect: attach-partition
ALTER TABLE "Attendance" ATTACH PARTITION "Attendance_2024" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

-- expect: detach-partition
ALTER TABLE "Attendance" DETACH PARTITION "Attendance_2025";

-- NOT VALID gains nothing in the same transaction.
-- expect: check-on-new-rows
ALTER TABLE "Production" ADD CONSTRAINT "Production_title_check" CHECK ("title" <> '') NOT VALID;
-- expect: validate-at-once
ALTER TABLE "Production" VALIDATE CONSTRAINT "Production_title_check";

-- Down Migration
SELECT 1;
