-- What is played, and when: a production has rehearsals and concerts.

-- Up Migration
CREATE TYPE "ProductionStatus" AS ENUM ('PLANNED', 'CONFIRMED', 'CANCELLED', 'COMPLETED');
CREATE TYPE "ServiceType" AS ENUM ('REHEARSAL', 'DRESS_REHEARSAL', 'CONCERT', 'RECORDING', 'TRAVEL');

CREATE TABLE "Production" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "title" text NOT NULL,
  "conductor" text,
  "program" text,
  "venue" text,
  "startsOn" date NOT NULL,
  "endsOn" date NOT NULL,
  "status" "ProductionStatus" NOT NULL DEFAULT 'PLANNED',
  "contactId" text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Production_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "Production_contactId_fkey" FOREIGN KEY ("contactId") REFERENCES "User" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "Production_dates_check" CHECK ("endsOn" >= "startsOn")
);

CREATE INDEX "Production_startsOn_idx" ON "Production" ("startsOn");
CREATE INDEX "Production_contactId_idx" ON "Production" ("contactId");

CREATE TABLE "Service" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "productionId" text NOT NULL,
  "type" "ServiceType" NOT NULL,
  "startsAt" timestamp(3) NOT NULL,
  "endsAt" timestamp(3) NOT NULL,
  "venue" text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Service_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "Service_productionId_fkey" FOREIGN KEY ("productionId") REFERENCES "Production" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "Service_times_check" CHECK ("endsAt" > "startsAt")
);
COMMENT ON TABLE "Service" IS 'One call of the players: a rehearsal, a concert, a journey. Times in UTC.';

CREATE INDEX "Service_productionId_startsAt_idx" ON "Service" ("productionId", "startsAt");

-- Down Migration
DROP TABLE "Service";
DROP TABLE "Production";
DROP TYPE "ServiceType";
DROP TYPE "ProductionStatus";
