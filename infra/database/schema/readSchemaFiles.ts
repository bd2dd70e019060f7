import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../errors.ts";
import { readTextFile } from "../../util/readTextFile.ts";
import { type MigrationFile, schemaFolder } from "../migrations/readMigrations.ts";

/** Returns the path of a schema file: `migrations/orchestra/schema/postgres-17.txt`. */
export function schemaFilePath(directory: string, major: number): string {
  return path.join(directory, schemaFolder, `postgres-${major}.txt`);
}

/** A schema file with the text that was digested. */
export interface SchemaFile extends MigrationFile {
  text: string;
}

/**
 * Reads the schema files of a folder of migrations, one for each major version of PostgreSQL; there may be none.
 *
 * @throws {UserError} for a file that is not text
 */
export function readSchemaFiles(directory: string): SchemaFile[] {
  const folder = path.join(directory, schemaFolder);
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => /^postgres-\d+\.txt$/.test(file)) : [];
  return names.sort().map((file) => {
    const read = readTextFile(path.join(folder, file));
    if ("text" in read) return { file, ...read };
    throw new UserError(
      "schema-file",
      `Refusing the schema file ${path.join(folder, file)}:${read.line}: ${read.reason}. Write it anew: ./stagesub migrations --write`,
    );
  });
}
