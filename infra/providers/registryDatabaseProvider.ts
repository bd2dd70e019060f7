import { listRegistryDrift } from "../database/listDrift.ts";
import { ensureRegistryDatabase, inspectRegistryDatabase } from "../database/registryDatabase.ts";
import { checkMigrations } from "./checkMigrations.ts";
import { changedKeys, defineProvider } from "./lifecycle.ts";
import { backUpFirst, refuseStaleBackup } from "./registryBackup.ts";
import type { RegistryDatabaseInputs, RegistryDatabaseState } from "./registryDatabase.ts";
import { sources } from "../database/sources.ts";

export const provider = defineProvider<RegistryDatabaseInputs, RegistryDatabaseState>({
  ensure: async ({ connection, migrations, schemaFiles }) => {
    await backUpFirst(connection);
    const { version } = await ensureRegistryDatabase({
      connection,
      migrations: sources.registryMigrations,
      planned: { migrations, schemaFiles },
      warn: (line) => console.log(line),
    });
    return { id: "registry", state: { version } };
  },
  inspect: async (_id, { state: _state, drift: _drift, ...inputs }) => {
    const found = await inspectRegistryDatabase(inputs.connection);
    if (!found) return undefined;
    const drift = listRegistryDrift(found).map((text) => `${text}; \`up\` leaves it`);
    return {
      inputs: { ...inputs, migrations: found.migrations, ...(drift.length > 0 && { drift }) },
      state: { version: found.version },
    };
  },
  check: async (before, inputs, changes) => [
    ...checkMigrations("the main database", before?.migrations, inputs.migrations),
    ...(await refuseStaleBackup(inputs.connection, inputs.backup, changes || hasOthers(before, inputs))),
  ],

  relevant: ({ connection, migrations, schemaFiles, drift }) => ({ connection, migrations, schemaFiles, drift }),
});

/** Whether an orchestra comes or goes. What an earlier version recorded does not say. */
function hasOthers({ orchestras }: Partial<RegistryDatabaseInputs> = {}, inputs: RegistryDatabaseInputs): boolean {
  return orchestras !== undefined && changedKeys({ orchestras }, { orchestras: inputs.orchestras }).length > 0;
}
