-- no-transaction

-- Up Migration
REINDEX TABLE CONCURRENTLY "Musician";

-- Down Migration
SELECT 1;
