-- What cannot be said in plain statements.

-- Up Migration
-- expect: do-block
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('TRUNCATE %I CASCADE', one.tablename);
  END LOOP;
END
$$;

-- expect: do-block
DO LANGUAGE plpgsql 'BEGIN NULL; END';

-- expect: calls-function
CALL "tidyUp"();

-- expect: calls-function
SELECT public."forgetExpiredTokens"();

-- expect: copy-data
COPY "Instrument" ("id", "name") FROM PROGRAM 'curl -s https://instruments.example.se/list.csv';

-- Down Migration
SELECT 1;
