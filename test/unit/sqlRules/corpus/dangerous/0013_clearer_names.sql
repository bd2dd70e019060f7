-- The app calls these things otherwise by now.

-- Up Migration
-- expect: rename-table
ALTER TABLE "Engagement" RENAME TO "Assignment";

-- expect: rename-column
ALTER TABLE "Musician" RENAME COLUMN "phone" TO "phoneNumber";

-- expect: rename-type
ALTER TYPE "SeatKind" RENAME TO "SeatType";

-- expect: rename-value
ALTER TYPE "RequestStatus" RENAME VALUE 'DECLINED' TO 'REFUSED';

-- expect: rename-object
ALTER VIEW "ActiveMusician" RENAME TO "CurrentMusician";

-- expect: move-schema
ALTER TABLE "AuditLog" SET SCHEMA archive;

-- Down Migration
SELECT 1;
