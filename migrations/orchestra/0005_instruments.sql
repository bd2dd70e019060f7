-- Instruments and parts for which an orchestra looks for substitutes.

-- Up Migration
CREATE TYPE "InstrumentSection" AS ENUM ('STRINGS', 'WOODWINDS', 'BRASS', 'PERCUSSION', 'KEYBOARDS', 'VOICE', 'OTHER');

CREATE TABLE "Instrument" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "name" text NOT NULL,
  "nameEn" text,
  "section" "InstrumentSection" NOT NULL,
  "sortOrder" integer NOT NULL DEFAULT 0,
  "isArchived" boolean NOT NULL DEFAULT false,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Instrument_pkey" PRIMARY KEY ("id")
);
COMMENT ON COLUMN "Instrument"."sortOrder" IS 'Place in the score, from the top.';

CREATE UNIQUE INDEX "Instrument_name_key" ON "Instrument" ("name");

-- Down Migration
DROP TABLE "Instrument";
DROP TYPE "InstrumentSection";
