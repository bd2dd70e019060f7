-- Guards that come in two changes, as they should: here the first step of some and the second of others.

-- Up Migration
-- expect: check-on-new-rows
ALTER TABLE "Production" ADD CONSTRAINT "Production_title_check" CHECK ("title" <> '') NOT VALID;
ALTER TABLE "AuditLog"
  ADD CONSTRAINT "AuditLog_entityId_fkey" FOREIGN KEY ("entityId") REFERENCES "Engagement" ("id") NOT VALID;
ALTER TABLE "Musician" VALIDATE CONSTRAINT "Musician_city_set";
ALTER TABLE "Musician" ALTER COLUMN "city" SET NOT NULL;
ALTER TABLE "Musician" ALTER COLUMN "seat" SET NOT NULL;
ALTER TABLE "Musician" ALTER COLUMN "email" SET NOT NULL;
ALTER TABLE "Rehearsal" ADD CONSTRAINT "Rehearsal_pkey" PRIMARY KEY USING INDEX "Rehearsal_id_idx";
-- expect: check-on-new-rows, drop-check
ALTER TABLE "Engagement"
  DROP CONSTRAINT "Engagement_seats_check",
  ADD CONSTRAINT "Engagement_seats_check" CHECK ("seats" BETWEEN 1 AND 200) NOT VALID;
ALTER TABLE "Engagement" RENAME CONSTRAINT "Engagement_feeOre_check" TO "Engagement_fee_check";
ALTER INDEX "Engagement_status_idx" RENAME TO "Engagement_state_idx";
ALTER TYPE "RequestStatus" ADD VALUE IF NOT EXISTS 'WITHDRAWN';
ALTER TYPE "ServiceType" ADD VALUE 'MEETING' BEFORE 'TRAVEL';
-- expect: check-on-new-rows
ALTER DOMAIN percent ADD CONSTRAINT percent_range CHECK (VALUE >= 0) NOT VALID;
-- expect: move-sequence
ALTER SEQUENCE invoice_number INCREMENT BY 10;
ANALYZE "Musician";

-- Down Migration
SELECT 1;
