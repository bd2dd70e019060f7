-- The archive goes to another system.

-- Up Migration
-- Everything inside has been exported.
-- expect: drop-schema
DROP SCHEMA archive CASCADE;

-- expect: drop-owned
DROP OWNED BY archivist;
-- expect: drop-role
DROP ROLE archivist;

-- Down Migration
SELECT 1;
