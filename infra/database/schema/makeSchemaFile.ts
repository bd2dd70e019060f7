import type { Connection } from "../connection.ts";
import { createBookkeeping } from "../bookkeeping.ts";
import { migrateDatabase } from "../migrateDatabase.ts";
import type { Migration } from "../readMigrations.ts";
import { withLockedTransaction } from "../withLockedTransaction.ts";
import { readSchema, type SchemaItem, type SchemaScope } from "./readSchema.ts";
import { formatSchemaFile } from "./schemaFile.ts";

export interface MadeSchema {
  /** The items that migrations make or change. */
  items: SchemaItem[];
  /** Names of the items that they remove from a new database. */
  removed: string[];
  /** Text of the schema file. */
  text: string;
  /** Major version of the server. */
  major: number;
}

/**
 * Runs migrations in an empty, throw-away database and describes what they make of it.
 *
 * @param connection never a database that anybody uses
 * @param scope `withRights` for the main database, whose rights no other code puts right
 * @param upTo the number of migrations to run
 * @throws DatabaseError with file and line where a migration fails
 */
export async function makeSchemaFile(
  connection: Connection,
  directory: string,
  migrations: Migration[],
  scope: SchemaScope,
  upTo = migrations.length,
): Promise<MadeSchema> {
  const subject = "the throw-away database";
  return withLockedTransaction({ connection, subject }, async (transaction) => {
    const { client } = transaction;
    const before = await readSchema(client, scope);
    await createBookkeeping(client);
    const run = { subject, directory, migrations, pending: migrations.slice(0, upTo), isNew: true };
    await migrateDatabase(transaction, run);
    const after = await readSchema(client, scope);
    const was = new Map(before.map(({ what, definition }) => [what, definition]));
    const is = new Set(after.map(({ what }) => what));
    const items = after.filter(({ what, definition }) => was.get(what) !== definition);
    const removed = before.filter(({ what }) => !is.has(what)).map(({ what }) => what);
    const { rows } = await client.query<{ major: number }>(
      "SELECT current_setting('server_version_num')::int / 10000 AS major",
    );
    const { major } = rows[0]!;
    return { items, removed, major, text: formatSchemaFile(items, removed, run.pending, major) };
  });
}
