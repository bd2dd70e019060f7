import { fileURLToPath } from "node:url";

import { readMigrations } from "../database/readMigrations.ts";
import { readSeeds } from "../database/readSeeds.ts";

/** Where the SQL and the seeds lie, as absolute paths: the two processes that read them have different working directories. */
export const sources = {
  orchestraMigrations: path("../../migrations/orchestra"),
  registryMigrations: path("../../migrations/registry"),
  orchestraSeeds: path("../../seeds/orchestra"),
};

/** Reads and checks all of them, for the plan. Throws `DatabaseError` with every problem of the first folder that has any. */
export function readSources() {
  return {
    migrations: readMigrations(sources.orchestraMigrations),
    registryMigrations: readMigrations(sources.registryMigrations),
    seeds: readSeeds(sources.orchestraSeeds).files,
  };
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
