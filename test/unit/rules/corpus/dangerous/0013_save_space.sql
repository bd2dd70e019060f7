-- no-transaction
-- Rows that are long gone still take space.

-- Up Migration
-- expect: vacuum-full
VACUUM (FULL, ANALYZE) "NotificationLog";

-- Down Migration
SELECT 1;
