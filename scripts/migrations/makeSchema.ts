import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { readServerMajor } from "../../infra/database/connection/serverFacts.ts";
import { withLockedTransaction } from "../../infra/database/connection/withLockedTransaction.ts";
import { migrateDatabase } from "../../infra/database/migrations/migrateDatabase.ts";
import { type Migration, readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { registryScope } from "../../infra/database/registry/registryDatabase.ts";
import { readSchema, type SchemaScope } from "../../infra/database/schema/readSchema.ts";
import { schemaFilePath } from "../../infra/database/schema/readSchemaFiles.ts";
import { formatSchemaFile, type MadeSchema } from "../../infra/database/schema/schemaFile.ts";
import { createBookkeeping } from "../../infra/database/tenant/bookkeeping.ts";
import { UserError } from "../../infra/errors.ts";
import { type CreateDatabase, withCluster } from "./database/withCluster.ts";
import { migrationDirectories, type MigrationFolder, migrationFolders } from "./migrationReview.ts";

/**
 * Describes the schema that an orchestra's migrations make, on a throw-away PostgreSQL.
 *
 * @param at the last migration to run
 */
export async function makeSchema(at: string): Promise<MadeSchema> {
  return withCluster(undefined, (createDatabase) => makeFolderSchema(createDatabase, "orchestra", at));
}

/**
 * Writes the schema files of both folders of migrations.
 *
 * @returns their paths
 */
export async function writeSchemaFiles(signal?: AbortSignal): Promise<string[]> {
  return withCluster(signal, async (createDatabase) => {
    const written: string[] = [];
    for (const folder of migrationFolders) {
      const { text, major } = await makeFolderSchema(createDatabase, folder);
      const file = schemaFilePath(migrationDirectories[folder], major);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
      written.push(file);
    }
    return written;
  });
}

async function makeFolderSchema(
  createDatabase: CreateDatabase,
  folder: MigrationFolder,
  at?: string,
): Promise<MadeSchema> {
  const directory = migrationDirectories[folder];
  const all = readMigrations(directory);
  const end = at === undefined ? all.length : all.findIndex(({ file }) => file === at) + 1;
  if (end === 0)
    throw new UserError("command-line", `Expected a migration of migrations/${folder}, got ${JSON.stringify(at)}.`);
  const scope = folder === "registry" ? registryScope : { group: null };
  return makeSchemaFile(await createDatabase(), directory, all, scope, end);
}

/**
 * Runs migrations in an empty, throw-away database and describes the schema that they make.
 *
 * @param connection never a database that anybody uses
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
    const pending = migrations.slice(0, upTo);
    await migrateDatabase(transaction, { databaseName, directory, migrations, pending, isNew: true });
    const after = await readSchema(client, scope);
    const definitions = new Map(before.map(({ what, definition }) => [what, definition]));
    const remaining = new Set(after.map(({ what }) => what));
    const items = after.filter(({ what, definition }) => definitions.get(what) !== definition);
    const removed = before.filter(({ what }) => !remaining.has(what));
    const major = await readServerMajor(client);
    return { items, major, text: formatSchemaFile(items, removed, pending, major) };
  });
}
