import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type MigrationFile, schemaFolder } from "../migrations/readMigrations.ts";

/** `migrations/orchestra/schema/postgres-17.txt` */
export function schemaFilePath(directory: string, major: number): string {
  return path.join(directory, schemaFolder, `postgres-${major}.txt`);
}

/** A schema file with the text that was digested. */
export interface SchemaFile extends MigrationFile {
  text: string;
}

/** Reads the schema files of a folder of migrations, one for each major version of PostgreSQL; none where there is none. */
export function readSchemaFiles(directory: string): SchemaFile[] {
  const folder = path.join(directory, schemaFolder);
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => /^postgres-\d+\.txt$/.test(file)) : [];
  return names.sort().map((file) => {
    const bytes = readFileSync(path.join(folder, file));
    return { file, sha256: createHash("sha256").update(bytes).digest("hex"), text: bytes.toString("utf8") };
  });
}
