-- Which main database this is, and by which key each stack's passwords were last made: a run that finds another one, or comes with
-- another key, is refused before it changes anything.

-- Up Migration
CREATE TABLE stagesub.identity (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO stagesub.identity DEFAULT VALUES;

CREATE TABLE stagesub.stack_key (
  stack text PRIMARY KEY,
  version integer NOT NULL CHECK (version >= 1),
  verifier text NOT NULL
);
COMMENT ON COLUMN stagesub.stack_key.verifier IS 'Derived from the key, and tells nothing of it.';

-- Down Migration
DROP TABLE stagesub.stack_key;
DROP TABLE stagesub.identity;
