-- The archive goes to another system.

-- Up Migration
-- Everything inside has been exported.
-- expect: drop-object
DROP SCHEMA archive CASCADE;

-- expect: drop-object
DROP OWNED BY archivist;
-- expect: role
DROP ROLE archivist;

-- Down Migration
SELECT 1;
