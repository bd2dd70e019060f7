-- no-transaction

-- Up Migration
VACUUM (ANALYZE) "NotificationLog";

-- Down Migration
SELECT 1;
