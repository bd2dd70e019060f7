-- The chairs of a production that substitutes are to fill.

-- Up Migration
CREATE TYPE "EngagementStatus" AS ENUM ('OPEN', 'REQUESTING', 'FILLED', 'CANCELLED');

CREATE TABLE "Engagement" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "productionId" text NOT NULL,
  "instrumentId" text NOT NULL,
  "part" text,
  "requiredSkill" "SkillLevel" NOT NULL DEFAULT 'TUTTI',
  "seats" integer NOT NULL DEFAULT 1,
  "feeOre" integer,
  "status" "EngagementStatus" NOT NULL DEFAULT 'OPEN',
  "notes" text,
  "createdById" text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Engagement_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "Engagement_productionId_fkey" FOREIGN KEY ("productionId") REFERENCES "Production" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "Engagement_instrumentId_fkey" FOREIGN KEY ("instrumentId") REFERENCES "Instrument" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "Engagement_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "User" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "Engagement_seats_check" CHECK ("seats" BETWEEN 1 AND 100),
  CONSTRAINT "Engagement_feeOre_check" CHECK ("feeOre" >= 0)
);
COMMENT ON COLUMN "Engagement"."feeOre" IS 'Fee for the whole production in öre; null where it follows the agreement.';

CREATE INDEX "Engagement_productionId_idx" ON "Engagement" ("productionId");
CREATE INDEX "Engagement_instrumentId_idx" ON "Engagement" ("instrumentId");
CREATE INDEX "Engagement_status_idx" ON "Engagement" ("status");

-- Down Migration
DROP TABLE "Engagement";
DROP TYPE "EngagementStatus";
