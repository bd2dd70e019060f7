import { fileURLToPath } from "node:url";

/** Where the SQL and the seeds lie, as absolute paths: the two processes that read them have different working directories. */
export const sources = {
  orchestraMigrations: path("../../migrations/orchestra"),
  registryMigrations: path("../../migrations/registry"),
  orchestraSeeds: path("../../seeds/orchestra"),
};

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
