import type { Connection } from "../../infra/database/connection/connection.ts";
import { createBookkeeping } from "../../infra/database/tenant/bookkeeping.ts";
import { migrateDatabase } from "../../infra/database/migrations/migrateDatabase.ts";
import type { Migration } from "../../infra/database/migrations/readMigrations.ts";
import { withLockedTransaction } from "../../infra/database/connection/withLockedTransaction.ts";
import { readSchema, type SchemaScope } from "../../infra/database/schema/readSchema.ts";
import { formatSchemaFile, type MadeSchema } from "../../infra/database/schema/schemaFile.ts";
import { readServerMajor } from "../../infra/database/connection/serverFacts.ts";

/**
 * Runs migrations in an empty, throw-away database and describes what they make of it.
 *
 * @param connection never a database that anybody uses
 * @param scope `withGrants` for the main database, whose rights no other code puts right
 * @param upTo the number of migrations to run
 * @throws {UserError} with file and line where a migration fails
 */
export async function makeSchemaFile(
  connection: Connection,
  directory: string,
  migrations: Migration[],
  scope: SchemaScope,
  upTo = migrations.length,
): Promise<MadeSchema> {
  const databaseName = "the throw-away database";
  return withLockedTransaction({ connection, databaseName }, async (transaction) => {
    const { client } = transaction;
    const before = await readSchema(client, scope);
    await createBookkeeping(client);
    const run = { databaseName, directory, migrations, pending: migrations.slice(0, upTo), isNew: true };
    await migrateDatabase(transaction, run);
    const after = await readSchema(client, scope);
    const was = new Map(before.map(({ what, definition }) => [what, definition]));
    const is = new Set(after.map(({ what }) => what));
    const items = after.filter(({ what, definition }) => was.get(what) !== definition);
    const removed = before.filter(({ what }) => !is.has(what));
    const major = await readServerMajor(client);
    return { items, major, text: formatSchemaFile(items, removed, run.pending, major) };
  });
}
