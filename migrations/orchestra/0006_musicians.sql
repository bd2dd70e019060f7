-- Substitutes: who they are, what they play, and in which order they are asked.

-- Up Migration
CREATE TYPE "SkillLevel" AS ENUM ('TUTTI', 'SOLO', 'PRINCIPAL');

CREATE TABLE "Musician" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "firstName" text NOT NULL,
  "lastName" text NOT NULL,
  "email" text NOT NULL,
  "phone" text,
  "language" "Language" NOT NULL DEFAULT 'sv',
  "notes" text,
  "isActive" boolean NOT NULL DEFAULT true,
  "unavailableUntil" date,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Musician_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "Musician_email_key" ON "Musician" ("email");
CREATE INDEX "Musician_lastName_firstName_idx" ON "Musician" ("lastName", "firstName");

CREATE TABLE "MusicianInstrument" (
  "musicianId" text NOT NULL,
  "instrumentId" text NOT NULL,
  "skill" "SkillLevel" NOT NULL DEFAULT 'TUTTI',
  "rank" integer NOT NULL DEFAULT 100,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "MusicianInstrument_pkey" PRIMARY KEY ("musicianId", "instrumentId"),
  CONSTRAINT "MusicianInstrument_musicianId_fkey" FOREIGN KEY ("musicianId") REFERENCES "Musician" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "MusicianInstrument_instrumentId_fkey" FOREIGN KEY ("instrumentId") REFERENCES "Instrument" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "MusicianInstrument_rank_check" CHECK ("rank" >= 0)
);
COMMENT ON COLUMN "MusicianInstrument"."rank" IS 'Who is asked first: the lowest.';

CREATE INDEX "MusicianInstrument_instrumentId_rank_idx" ON "MusicianInstrument" ("instrumentId", "rank");

-- Down Migration
DROP TABLE "MusicianInstrument";
DROP TABLE "Musician";
DROP TYPE "SkillLevel";
