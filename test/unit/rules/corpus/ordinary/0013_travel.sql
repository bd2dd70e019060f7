-- Substitutes who travel get their tickets paid.

-- Up Migration
CREATE TYPE "TravelMode" AS ENUM ('TRAIN', 'BUS', 'CAR');

CREATE TABLE "Travel" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "engagementId" text NOT NULL,
  "mode" "TravelMode" NOT NULL,
  "costOre" integer NOT NULL,
  "number" bigint GENERATED ALWAYS AS IDENTITY,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Travel_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "Travel_engagementId_fkey" FOREIGN KEY ("engagementId") REFERENCES "Engagement" ("id") ON DELETE CASCADE,
  CONSTRAINT "Travel_costOre_check" CHECK ("costOre" >= 0)
);
COMMENT ON TABLE "Travel" IS 'DROP TABLE "Travel" is what the down part does; this is only a comment.';
CREATE INDEX "Travel_engagementId_idx" ON "Travel" ("engagementId");
CREATE UNIQUE INDEX "Travel_number_key" ON "Travel" ("number");
ALTER TABLE "Travel" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Travel" ADD COLUMN "km" integer NOT NULL;
ALTER TABLE "Travel" ALTER COLUMN "costOre" TYPE bigint;
CREATE FUNCTION "checkTravel"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "Travel";
  TRUNCATE "Musician";
  RETURN NEW;
END
$$;
CREATE TRIGGER "Travel_check" BEFORE INSERT ON "Travel" FOR EACH ROW EXECUTE FUNCTION "checkTravel"();
CREATE POLICY "Everyone of the office" ON "Travel" USING (true);
REVOKE ALL ON "Travel" FROM anon, authenticated;
REVOKE ALL ON "Travel" FROM PUBLIC;
-- expect: calls-function
INSERT INTO "Travel" ("engagementId", "mode", "costOre", "km")
  SELECT "id", 'TRAIN', 0, 0 FROM "Engagement" WHERE "status" = 'FILLED';
UPDATE "Travel" SET "km" = 1;

-- Down Migration
DROP TABLE "Travel";
DROP TYPE "TravelMode";
