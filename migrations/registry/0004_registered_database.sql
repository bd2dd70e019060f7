-- Which database each orchestra was registered with and in which state, so that the audit can tell when that changed.

-- Up Migration
ALTER TABLE stagesub.registration
  ADD COLUMN database_key text,
  ADD COLUMN database_version text,
  ADD COLUMN password_version integer CHECK (password_version >= 1);
COMMENT ON COLUMN stagesub.registration.database_key IS 'malmo or pool-3; null, as the two beside it, where it was not told yet.';
COMMENT ON COLUMN stagesub.registration.database_version IS 'The last migration that is applied there.';

-- Down Migration
ALTER TABLE stagesub.registration
  DROP COLUMN database_key,
  DROP COLUMN database_version,
  DROP COLUMN password_version;
