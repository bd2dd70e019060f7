-- Supabase's list of projects may lag behind the request that makes one: a run that follows one that was killed, whatever became of its
-- state, finds here the names that were asked for.

-- Up Migration
CREATE TABLE stagesub.project_request (
  project text PRIMARY KEY,
  requested_at timestamptz NOT NULL
);
COMMENT ON COLUMN stagesub.project_request.project IS 'Its name at Supabase.';

-- Down Migration
DROP TABLE stagesub.project_request;
