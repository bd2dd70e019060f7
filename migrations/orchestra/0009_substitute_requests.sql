-- Requests to substitutes: sent one after the other or to several at once, answered by a link in the mail.

-- Up Migration
CREATE TYPE "RequestStatus" AS ENUM ('DRAFT', 'SENT', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'CANCELLED', 'FILLED_BY_OTHER');

CREATE TABLE "SubstituteRequest" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "engagementId" text NOT NULL,
  "musicianId" text NOT NULL,
  "status" "RequestStatus" NOT NULL DEFAULT 'DRAFT',
  "message" text,
  "responseTokenHash" text,
  "sentAt" timestamp(3),
  "remindedAt" timestamp(3),
  "respondBy" timestamp(3),
  "respondedAt" timestamp(3),
  "responseComment" text,
  "sentById" text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "SubstituteRequest_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "SubstituteRequest_engagementId_fkey" FOREIGN KEY ("engagementId") REFERENCES "Engagement" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "SubstituteRequest_musicianId_fkey" FOREIGN KEY ("musicianId") REFERENCES "Musician" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "SubstituteRequest_sentById_fkey" FOREIGN KEY ("sentById") REFERENCES "User" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "SubstituteRequest_sent_check" CHECK ("status" IN ('DRAFT', 'CANCELLED') OR "sentAt" IS NOT NULL),
  CONSTRAINT "SubstituteRequest_answer_check" CHECK ("status" NOT IN ('ACCEPTED', 'DECLINED') OR "respondedAt" IS NOT NULL)
);

-- Nobody is asked twice for the same chair.
CREATE UNIQUE INDEX "SubstituteRequest_engagementId_musicianId_key" ON "SubstituteRequest" ("engagementId", "musicianId");
CREATE UNIQUE INDEX "SubstituteRequest_responseTokenHash_key" ON "SubstituteRequest" ("responseTokenHash");
CREATE INDEX "SubstituteRequest_musicianId_idx" ON "SubstituteRequest" ("musicianId");
-- The job that reminds and expires looks only at what is still out.
CREATE INDEX "SubstituteRequest_open_respondBy_idx" ON "SubstituteRequest" ("respondBy") WHERE "status" = 'SENT';

-- Down Migration
DROP TABLE "SubstituteRequest";
DROP TYPE "RequestStatus";
