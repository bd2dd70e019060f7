-- A report tool reads the database by itself.

-- Up Migration
-- expect: grant-to-everybody
GRANT SELECT ON "Musician" TO PUBLIC;

-- expect: grant-more, grant-to-everybody
GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated;

-- expect: grant-to-everybody
GRANT USAGE ON SCHEMA archive TO anon;

-- expect: grant-to-everybody
GRANT EXECUTE ON FUNCTION "forgetExpiredTokens"() TO authenticated;

-- expect: default-privileges
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon;

-- expect: replace
CREATE OR REPLACE FUNCTION "forgetExpiredTokens"() RETURNS integer LANGUAGE sql AS 'SELECT 0';

-- expect: replace
CREATE OR REPLACE VIEW "ActiveMusician" AS SELECT "id", "email" FROM "Musician" WHERE "isActive";

-- Down Migration
SELECT 1;
