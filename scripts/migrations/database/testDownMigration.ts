import pg from "pg";
import { withClient, type Connection } from "../../../infra/database/connection/connection.ts";
import { describeServerError, isConnectionLost } from "../../../infra/database/connection/explainQueryError.ts";
import { migrationFailed } from "../../../infra/database/migrations/migrationFailed.ts";
import type { Migration } from "../../../infra/database/migrations/readMigrations.ts";
import type { SqlStatement } from "../../../infra/database/migrations/sqlStatements.ts";
import { compareSchemas, type SchemaDifference } from "../../../infra/database/schema/compareSchemas.ts";
import { readSchema, type SchemaItem } from "../../../infra/database/schema/readSchema.ts";
import { UserError } from "../../../infra/errors.ts";
import { migrateExisting, type MigrationSet } from "./migrate.ts";

/** The result of up, down, up. */
export interface DownTest {
  /** Duration of the first up, in milliseconds. */
  ms: number;
  /** The schema after down, compared with the one before up. */
  afterDown: SchemaDifference[];
  /** The schema after the second up, compared with the one after the first. */
  afterUp: SchemaDifference[];
  /** Why down failed; the database stays as up has left it. */
  failure?: UserError;
  /** Why the second up failed; the database stays as down has left it. */
  notAgain?: string;
}

/**
 * Runs a file, its down migration if it has one, and the file again.
 *
 * @throws {UserError} with file and line, if the first up fails
 */
export async function testDownMigration(
  set: MigrationSet,
  connection: Connection,
  migration: Migration,
  down: SqlStatement[] | undefined,
): Promise<DownTest> {
  const read = () => withClient(connection, readAll);
  const up = () => migrateExisting(set, connection, migration, (_, ms) => Promise.resolve(ms));
  const before = await read();
  const ms = await up();
  const result: DownTest = { ms, afterDown: [], afterUp: [] };
  if (!down) return result;
  const made = await read();
  const failure = await withClient(connection, (client) => runDown(client, migration, down));
  if (failure) return { ...result, failure };
  result.afterDown = compareSchemas(before, await read());
  try {
    await up();
  } catch (error) {
    if (!(error instanceof UserError) || UserError.is(error, "connection-lost")) throw error;
    return { ...result, notAgain: error.message };
  }
  return { ...result, afterUp: compareSchemas(made, await read()) };
}

async function readAll(client: pg.Client): Promise<SchemaItem[]> {
  await client.query("BEGIN READ ONLY");
  const items = await readSchema(client, { group: null, withGrants: true });
  await client.query("ROLLBACK");
  // The first file that runs creates node-pg-migrate's own table.
  return items.filter(({ what }) => !/\bpgmigrations/.test(what));
}

/** Runs a down migration as by hand: in one transaction, or statement by statement if the file is marked so. Returns the error. */
async function runDown(
  client: pg.Client,
  migration: Migration,
  statements: SqlStatement[],
): Promise<UserError | undefined> {
  const { file, nonTransactional } = migration;
  await client.query("SET search_path = public");
  if (!nonTransactional) await client.query("BEGIN");
  for (const { text, line } of statements) {
    try {
      await client.query(text);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || isConnectionLost(error)) throw error;
      if (!nonTransactional) await client.query("ROLLBACK");
      return migrationFailed(migration, line, describeServerError(error, text), { sqlState: error.code });
    }
  }
  if (!nonTransactional) await client.query("COMMIT");
  await client.query("DELETE FROM stagesub.migration WHERE file = $1", [file]);
  await client.query("DELETE FROM stagesub.pgmigrations WHERE name = $1", [file.replace(/\.sql$/, "")]);
  return undefined;
}
