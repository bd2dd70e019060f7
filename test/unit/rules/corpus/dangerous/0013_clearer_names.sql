-- The app calls these things otherwise by now.

-- Up Migration
-- expect: rename
ALTER TABLE "Engagement" RENAME TO "Assignment";

-- expect: rename
ALTER TABLE "Musician" RENAME COLUMN "phone" TO "phoneNumber";

-- expect: rename
ALTER TYPE "SeatKind" RENAME TO "SeatType";

-- expect: rename
ALTER TYPE "RequestStatus" RENAME VALUE 'DECLINED' TO 'REFUSED';

-- expect: rename
ALTER VIEW "ActiveMusician" RENAME TO "CurrentMusician";

-- expect: rename
ALTER TABLE "AuditLog" SET SCHEMA archive;

-- Down Migration
SELECT 1;
