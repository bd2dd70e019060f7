-- Fields that the office asked for.

-- Up Migration
ALTER TABLE "Musician" ADD COLUMN "pronouns" text;
ALTER TABLE "Musician" ADD COLUMN "hasCar" boolean NOT NULL DEFAULT false;
ALTER TABLE "Musician" ADD COLUMN "tags" text[] NOT NULL DEFAULT '{}';
ALTER TABLE "Musician" ADD COLUMN "settings" jsonb NOT NULL DEFAULT jsonb_build_object('mail', true);
ALTER TABLE "Musician" ADD COLUMN "seenAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "Musician" ADD COLUMN "joinedAt" timestamptz DEFAULT now();
ALTER TABLE "Musician" ADD COLUMN "managerId" text REFERENCES "User" ("id") ON DELETE SET NULL;
ALTER TABLE "Musician" ADD COLUMN IF NOT EXISTS "email" text NOT NULL;
-- expect: change-default
ALTER TABLE "Musician"
  ADD COLUMN "hotel" text,
  ADD COLUMN "diet" text DEFAULT 'all',
  ALTER COLUMN "isActive" SET DEFAULT true;
-- expect: drop-not-null
ALTER TABLE "Musician" ALTER COLUMN "phone" DROP NOT NULL;
-- expect: drop-default
ALTER TABLE "Musician" ALTER COLUMN "language" DROP DEFAULT;
COMMENT ON COLUMN "Musician"."diet" IS 'What to eat; UPDATE "Musician" SET x = 1 without WHERE is no statement here.';
UPDATE "Musician" SET "diet" = 'vegetarian' WHERE "notes" ILIKE '%vegetari%';
-- expect: delete-rows
DELETE FROM "SystemSetting" WHERE "key" = 'legacy.diet';
-- expect: overwrite-rows
INSERT INTO "SystemSetting" ("key", "value", "type", "description")
  VALUES ('diet.ask', 'true', 'BOOLEAN', 'Ask substitutes what they eat; TRUNCATE is only a word.')
  ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value";
-- A column of this file may go again.
ALTER TABLE "Musician" DROP COLUMN "hotel";

-- Down Migration
ALTER TABLE "Musician" DROP COLUMN "diet";
