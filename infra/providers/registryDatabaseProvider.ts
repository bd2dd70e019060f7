import { ensureRegistryDatabase, inspectRegistryDatabase } from "../database/registryDatabase.ts";
import { checkMigrations } from "./checkMigrations.ts";
import { defineProvider } from "./lifecycle.ts";
import type { RegistryDatabaseInputs, RegistryDatabaseState } from "./registryDatabase.ts";
import { sources } from "../database/sources.ts";

export const provider = defineProvider<RegistryDatabaseInputs, RegistryDatabaseState>({
  ensure: async ({ connection }) => {
    const { version } = await ensureRegistryDatabase({ connection, migrations: sources.registryMigrations });
    return { id: "registry", state: { version } };
  },
  inspect: async (_id, { connection }) => {
    const found = await inspectRegistryDatabase(connection);
    return found && { inputs: { connection, migrations: found.migrations }, state: { version: found.version } };
  },
  check: (before, inputs) => checkMigrations("the main database", before?.migrations, inputs.migrations),
});
