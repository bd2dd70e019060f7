import pg from "pg";
import { withClient, type Connection } from "../../../infra/database/connection/connection.ts";
import { UserError } from "../../../infra/errors.ts";
import { migrationFailed } from "../../../infra/database/migrations/migrationFailed.ts";
import { describeServerError, isConnectionLost } from "../../../infra/database/connection/explainQueryError.ts";
import type { Migration } from "../../../infra/database/migrations/readMigrations.ts";
import { compareSchemas, type SchemaDifference } from "../../../infra/database/schema/compareSchemas.ts";
import { readSchema, type SchemaItem } from "../../../infra/database/schema/readSchema.ts";
import type { SqlStatement } from "../../../infra/database/migrations/sqlStatements.ts";
import { migrateExisting, type MigrationSet } from "./migrate.ts";

/** The schema differences that up, down, up left. */
export interface DownTest {
  /** Duration of the file's first run, in milliseconds. */
  ms: number;
  /** The schema after the way back, compared with the one before the file ran. */
  afterDown: SchemaDifference[];
  /** The schema after the file's second run, compared with the one after the first. */
  afterUp: SchemaDifference[];
  /** Why the way back did not run; the database is as the file has left it. */
  failure?: UserError;
  /** Why the file did not run the second time; then the database is as the way back left it. */
  notAgain?: string;
}

/**
 * Runs a file, its way back where it has one, and the file again.
 *
 * @throws {UserError} with file and line, where the file itself does not run the first time
 */
export async function testDownMigration(
  set: MigrationSet,
  connection: Connection,
  migration: Migration,
  down: SqlStatement[] | undefined,
): Promise<DownTest> {
  const look = () => withClient(connection, readAll);
  const up = () => migrateExisting(set, connection, migration, async (_, ms) => ms);
  const before = await look();
  const ms = await up();
  if (!down) return { ms, afterDown: [], afterUp: [] };
  const made = await look();
  const failure = await withClient(connection, (client) => runDown(client, migration, down));
  if (failure) return { ms, afterDown: [], afterUp: [], failure };
  const afterDown = compareSchemas(before, await look());
  try {
    await up();
  } catch (error) {
    if (!(error instanceof UserError) || UserError.is(error, "connection-lost")) throw error;
    return { ms, afterDown, afterUp: [], notAgain: error.message };
  }
  return { ms, afterDown, afterUp: compareSchemas(made, await look()) };
}

async function readAll(client: pg.Client): Promise<SchemaItem[]> {
  await client.query("BEGIN READ ONLY");
  const items = await readSchema(client, { group: null, withGrants: true });
  await client.query("ROLLBACK");
  // node-pg-migrate's own table comes with the first file that runs.
  return items.filter(({ what }) => !/\bpgmigrations/.test(what));
}

/** Runs the way back as by hand: in one transaction, or statement by statement if the file is marked so. Returns the error. */
async function runDown(
  client: pg.Client,
  migration: Migration,
  statements: SqlStatement[],
): Promise<UserError | undefined> {
  const { file, lone } = migration;
  await client.query("SET search_path = public");
  if (!lone) await client.query("BEGIN");
  for (const { text, line } of statements) {
    try {
      await client.query(text);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || isConnectionLost(error)) throw error;
      if (!lone) await client.query("ROLLBACK");
      return migrationFailed(migration, line, describeServerError(error, text), { sqlState: error.code });
    }
  }
  if (!lone) await client.query("COMMIT");
  await client.query("DELETE FROM stagesub.migration WHERE file = $1", [file]);
  await client.query("DELETE FROM stagesub.pgmigrations WHERE name = $1", [file.replace(/\.sql$/, "")]);
  return undefined;
}
