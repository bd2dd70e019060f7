import type pg from "pg";
import { expectedSchemaTable } from "../schema/expectedSchema.ts";
import { inProgressTable } from "../migrations/inProgress.ts";

/**
 * Makes the program's own tables, in a schema of their own so that `public` holds only the app's objects. Runs in
 * the transaction of the first run, so a database has all of them or none. (`stagesub.pgmigrations` is
 * node-pg-migrate's.)
 */
export async function createBookkeeping(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS stagesub;

    CREATE TABLE stagesub.migration (
      file text PRIMARY KEY,
      sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      applied_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE stagesub.owner (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      key text NOT NULL,
      stack text,
      orchestra text,
      name text,
      claimed_at timestamptz,
      administrator_id text,
      administrator_found boolean,
      administrator_email text,
      app_login text,
      seeded text[] NOT NULL DEFAULT '{}'
    );
    COMMENT ON COLUMN stagesub.owner.key IS 'Who this database is in its stack: malmo, pool-3 or the main database.';
    COMMENT ON COLUMN stagesub.owner.stack IS 'The stack that holds it: no other may. Null for the main database.';
    COMMENT ON COLUMN stagesub.owner.orchestra IS 'The orchestra it has held; null for a spare. Never reset.';
    COMMENT ON COLUMN stagesub.owner.administrator_id IS 'The first administrator, once made. Never made again.';
    COMMENT ON COLUMN stagesub.owner.administrator_found IS 'True where a baseline found that one: we know no password.';

    COMMENT ON COLUMN stagesub.owner.administrator_email IS 'The address that the first administrator was made with.';
    COMMENT ON COLUMN stagesub.owner.seeded IS 'Every row that was ever seeded: it is missed also where stagesub.seed forgot it.';

    CREATE TABLE stagesub.seed (
      kind text NOT NULL,
      key text NOT NULL,
      sha256 text NOT NULL,
      PRIMARY KEY (kind, key)
    );
    COMMENT ON COLUMN stagesub.seed.sha256 IS 'Digest of the row as we wrote it; a row with another one was edited since.';

    ${inProgressTable};

    ${expectedSchemaTable};

    CREATE TABLE stagesub.login (
      role text PRIMARY KEY,
      role_oid oid NOT NULL,
      salt text NOT NULL,
      sha256 text NOT NULL
    );
    COMMENT ON COLUMN stagesub.login.sha256 IS 'Digest of the SCRAM verifier made with that salt: is the password current?'`);
}
