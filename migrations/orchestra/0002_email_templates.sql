-- The e-mails that the service sends, in each language, as the orchestra words them.

-- Up Migration
CREATE TABLE "EmailTemplate" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "name" text NOT NULL,
  "language" "Language" NOT NULL,
  "subject" text NOT NULL,
  "body" text NOT NULL,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "EmailTemplate_pkey" PRIMARY KEY ("id")
);
COMMENT ON COLUMN "EmailTemplate"."body" IS 'Markdown with placeholders like {{musicianName}}.';

CREATE UNIQUE INDEX "EmailTemplate_name_language_key" ON "EmailTemplate" ("name", "language");

-- Down Migration
DROP TABLE "EmailTemplate";
