-- Who did what, for questions that come later. Rows are only ever added.

-- Up Migration
CREATE TABLE "AuditLog" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "userId" text,
  "action" text NOT NULL,
  "entity" text NOT NULL,
  "entityId" text,
  "changes" jsonb,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "AuditLog_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "AuditLog_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);
COMMENT ON COLUMN "AuditLog"."action" IS 'A verb such as user.login, request.send, template.update.';

CREATE INDEX "AuditLog_entity_entityId_idx" ON "AuditLog" ("entity", "entityId");
CREATE INDEX "AuditLog_userId_createdAt_idx" ON "AuditLog" ("userId", "createdAt");

-- Down Migration
DROP TABLE "AuditLog";
