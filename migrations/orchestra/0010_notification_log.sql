-- Which mail went to whom, and what became of it.

-- Up Migration
CREATE TYPE "NotificationStatus" AS ENUM ('QUEUED', 'SENT', 'DELIVERED', 'BOUNCED', 'FAILED');

CREATE TABLE "NotificationLog" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "templateName" text NOT NULL,
  "language" "Language" NOT NULL,
  "recipient" text NOT NULL,
  "subject" text NOT NULL,
  "status" "NotificationStatus" NOT NULL DEFAULT 'QUEUED',
  "providerMessageId" text,
  "error" text,
  "requestId" text,
  "userId" text,
  "sentAt" timestamp(3),
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "NotificationLog_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "NotificationLog_requestId_fkey" FOREIGN KEY ("requestId") REFERENCES "SubstituteRequest" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "NotificationLog_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE INDEX "NotificationLog_requestId_idx" ON "NotificationLog" ("requestId");
CREATE INDEX "NotificationLog_userId_idx" ON "NotificationLog" ("userId");
CREATE INDEX "NotificationLog_createdAt_idx" ON "NotificationLog" ("createdAt");

-- Down Migration
DROP TABLE "NotificationLog";
DROP TYPE "NotificationStatus";
