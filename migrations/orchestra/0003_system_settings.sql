-- What an orchestra sets for itself. Values are text; "type" says how to read them.

-- Up Migration
CREATE TYPE "SettingType" AS ENUM ('TEXT', 'INTEGER', 'BOOLEAN');

CREATE TABLE "SystemSetting" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "key" text NOT NULL,
  "value" text NOT NULL,
  "type" "SettingType" NOT NULL,
  "description" text NOT NULL,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "SystemSetting_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "SystemSetting_value_check" CHECK (
    CASE "type"
      WHEN 'INTEGER' THEN "value" ~ '^-?[0-9]{1,15}$'
      WHEN 'BOOLEAN' THEN "value" IN ('true', 'false')
      ELSE true
    END
  )
);

CREATE UNIQUE INDEX "SystemSetting_key_key" ON "SystemSetting" ("key");

-- Down Migration
DROP TABLE "SystemSetting";
DROP TYPE "SettingType";
