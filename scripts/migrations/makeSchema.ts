import { writeFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../infra/errors.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { registryScope } from "../../infra/database/registry/registryDatabase.ts";
import { type MadeSchema } from "../../infra/database/schema/schemaFile.ts";
import { schemaFilePath } from "../../infra/database/schema/readSchemaFiles.ts";
import { sources } from "../../infra/database/sources.ts";
import { type CreateDatabase, withCluster } from "./database/withCluster.ts";
import { makeSchemaFile } from "./makeSchemaFile.ts";
import { type MigrationFolder, migrationFolders } from "./migrationReview.ts";

const directories: Record<MigrationFolder, string> = {
  orchestra: sources.orchestraMigrations,
  registry: sources.registryMigrations,
};

/**
 * Describes the schema that a folder's migrations make, on a throw-away PostgreSQL.
 *
 * @param at the last migration to run. Default: all
 */
export async function makeSchema(folder: MigrationFolder, at?: string, signal?: AbortSignal): Promise<MadeSchema> {
  return withCluster(signal, (createDatabase) => makeIn(createDatabase, folder, at));
}

/**
 * Writes the schema files of both folders of migrations.
 *
 * @returns the paths that were written
 */
export async function writeSchemaFiles(signal?: AbortSignal): Promise<string[]> {
  return withCluster(signal, async (createDatabase) => {
    const written: string[] = [];
    for (const folder of migrationFolders) {
      const { text, major } = await makeIn(createDatabase, folder);
      const file = schemaFilePath(directories[folder], major);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
      written.push(file);
    }
    return written;
  });
}

/** Makes the schema of one folder in a new database of a throw-away server. */
export async function makeIn(
  createDatabase: CreateDatabase,
  folder: MigrationFolder,
  at?: string,
): Promise<MadeSchema> {
  const directory = directories[folder];
  const all = readMigrations(directory);
  const end = at === undefined ? all.length : all.findIndex(({ file }) => file === at) + 1;
  if (end === 0)
    throw new UserError("command-line", `Expected a migration of migrations/${folder}, got ${JSON.stringify(at)}.`);
  const scope = folder === "registry" ? registryScope : { group: null };
  return makeSchemaFile(await createDatabase(), directory, all, scope, end);
}
