import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { UserError } from "../errors.ts";
import { readMigrations } from "./migrations/readMigrations.ts";
import { readSeeds } from "./seeds/readSeeds.ts";
import { readSchemaFiles } from "./schema/readSchemaFiles.ts";

/** Folders of the SQL and the seeds, as absolute paths: the two processes that read them have different working directories. */
export const sources = {
  orchestraMigrations: path("../../migrations/orchestra"),
  registryMigrations: path("../../migrations/registry"),
  orchestraSeeds: path("../../seeds/orchestra"),
};

/** Returns the default folder for backups of a stack's databases. */
export function backupFolder(stack: string): string {
  return path(`../../backups/${stack}`);
}

/**
 * Reads and checks all migrations, schema files and seeds for the plan, and the certificate authority in `stacks/<caFile>` if one is named.
 *
 * @throws {UserError} with every problem of the first source that has any
 */
export function readSources(caFile: string | undefined) {
  return {
    ...(caFile !== undefined && { ca: readAuthority(caFile)! }),
    migrations: readMigrations(sources.orchestraMigrations),
    registryMigrations: readMigrations(sources.registryMigrations),
    schemaFiles: readSchemaFiles(sources.orchestraMigrations),
    registrySchemaFiles: readSchemaFiles(sources.registryMigrations),
    seeds: readSeeds(sources.orchestraSeeds).files,
  };
}

/**
 * Reads the certificate authority in `stacks/<name>`; undefined without a name.
 *
 * @throws {UserError} if the file is missing or holds no certificate
 */
export function readAuthority(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const file = path(`../../stacks/${name}`);
  const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (text?.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new UserError(
    "certificate-file",
    `Expected certificates in PEM form in stacks/${name}, which stagesub:supabase.caFile names; ` +
      `got ${text === undefined ? "no such file" : "a file without any"}. Download the certificate from Supabase: ` +
      "Project → Database settings → SSL configuration.",
  );
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
