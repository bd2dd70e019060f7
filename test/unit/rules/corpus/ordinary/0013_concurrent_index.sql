-- no-transaction

-- Up Migration
CREATE INDEX CONCURRENTLY IF NOT EXISTS "Musician_phone_idx" ON "Musician" ("phone");

-- Down Migration
DROP INDEX "Musician_phone_idx";
