-- Spring cleaning.

-- Up Migration
-- expect: drop-table
DROP TABLE "AuditLog";

-- expect: drop-table, drop-table
DROP TABLE IF EXISTS public."PasswordResetToken", archive.old_requests CASCADE;

-- expect: drop-column
ALTER TABLE "Musician" DROP COLUMN "notes";

-- expect: drop-column, drop-column
ALTER TABLE "Production"
  DROP COLUMN IF EXISTS "conductor",
  DROP COLUMN "program" CASCADE;

-- expect: drop-object
DROP VIEW "ActiveMusician";

-- expect: drop-object
DROP MATERIALIZED VIEW IF EXISTS "RequestsPerMonth";

-- expect: drop-object
DROP SEQUENCE invoice_number;

-- expect: drop-object
DROP TYPE "SeatKind" CASCADE;

-- expect: drop-object
DROP DOMAIN percent CASCADE;

-- expect: drop-object
DROP EXTENSION btree_gist;

-- expect: drop-object
DROP STATISTICS "Musician_name_stats";

-- Down Migration
SELECT 1;
