import { isDeepStrictEqual } from "node:util";

import { listRegistryDrift } from "../database/tenant/listDrift.ts";
import { ensureRegistryDatabase, inspectRegistryDatabase } from "../database/registry/registryDatabase.ts";
import { shortDigests } from "../util/digest.ts";
import { checkMigrations } from "./checkMigrations.ts";
import { defineProvider, refuseWith } from "./lifecycle.ts";
import { backUpFirst, refuseStaleBackup } from "./registryBackup.ts";
import type { RegistryDatabaseInputs, RegistryDatabaseState } from "./registryDatabase.ts";
import { reachMainDatabase } from "./runAccess.ts";
import { sources } from "../database/sources.ts";

export const provider = defineProvider<RegistryDatabaseInputs, RegistryDatabaseState>({
  ensure: async ({ main, stackKey, migrations, schemaFiles }) => {
    const connection = reachMainDatabase(main);
    await backUpFirst(connection);
    const { version, identity } = await ensureRegistryDatabase({
      connection,
      stackKey,
      migrations: sources.registryMigrations,
      planned: { migrations, schemaFiles },
      warn: (line) => console.log(line),
    });
    return { id: "registry", state: { version, identity } };
  },
  inspect: async (_id, { state, drift: _drift, ...inputs }) => {
    const found = await inspectRegistryDatabase(reachMainDatabase(inputs.main));
    if (!found) return undefined;
    const drift = listRegistryDrift(found).map((text) => `${text}; \`up\` leaves it`);
    return {
      inputs: { ...inputs, migrations: shortDigests(found.migrations), ...(drift.length > 0 && { drift }) },
      state: { version: found.version, identity: state.identity },
    };
  },
  check: async (before, inputs, changes) => [
    ...checkMigrations("the main database", before?.migrations, inputs.migrations),
    ...refuseWith(
      "backup-missing",
      await refuseStaleBackup(reachMainDatabase(inputs.main), inputs.backup, changes || hasOthers(before, inputs)),
    ),
  ],
  relevant: ({ orchestras: _orchestras, backup: _backup, ...inputs }) => inputs,
});

/** Tells whether an orchestra comes or goes. */
function hasOthers(before: RegistryDatabaseInputs | undefined, { orchestras }: RegistryDatabaseInputs): boolean {
  return before !== undefined && !isDeepStrictEqual(before.orchestras, orchestras);
}
