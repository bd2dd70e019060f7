-- no-transaction

-- Up Migration
DROP INDEX CONCURRENTLY "Rehearsal_room_idx";

-- Down Migration
SELECT 1;
