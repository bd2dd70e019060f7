import { isDeepStrictEqual } from "node:util";

import { UserError } from "../errors.ts";
import type { Connection } from "../database/connection/connection.ts";
import {
  ensureRegistration,
  inspectRegistration,
  inspectRegistrations,
  type RegistrationKey,
  removeRegistration,
} from "../database/registry/registration.ts";
import { shareFor } from "../util/shareFor.ts";
import { defineProvider, refuseWith } from "./lifecycle.ts";
import type { OrchestraRegistrationInputs, OrchestraRegistrationState } from "./orchestraRegistration.ts";
import { backUpFirst, refuseStaleBackup } from "./registryBackup.ts";
import { reachMainDatabase } from "./runAccess.ts";
import { removeName } from "./removeName.ts";

export const provider = defineProvider<OrchestraRegistrationInputs, OrchestraRegistrationState, "databaseUrl">({
  ensure: async ({ main, record, ...registration }, before) => {
    const connection = reachMainDatabase(main);
    await backUpFirst(connection);
    // A retired orchestra's row keeps its entries about the database, even where the state lost them.
    const kept = registration.status === "Retired" ? await inspectRegistration(connection, registration) : undefined;
    const { databaseUrl = registration.databaseUrl, database = registration.database } = kept ?? {};
    const { id, status } = await ensureRegistration(connection, {
      ...registration,
      databaseUrl,
      ...(database && { database }),
    });
    if (before && !isDeepStrictEqual(before.record, record))
      await removeName({ ...registration, ...before.record }, record);
    return { id, state: { status, row: id } };
  },
  inspect: async (_id, { main, record, stack, orchestra }) => {
    const found = (await readRegister(main, stack)).find((row) => row.orchestra === orchestra);
    if (found === undefined) return undefined;
    const { id: row, ...registration } = found;
    return { inputs: { main, ...registration, record }, state: { status: found.status, row } };
  },
  remove: async (_id, { main, stack, orchestra, record, state }) => {
    const connection = reachMainDatabase(main);
    await backUpFirst(connection);
    await removeRegistration(connection, { stack, orchestra }, state.row);
    // A row that was made again since belongs to another resource, and so does the name.
    if (await inspectRegistration(connection, { stack, orchestra })) return;
    await removeName({ stack, orchestra, ...record });
  },
  check: async (before, { main, backup, stack, orchestra, status }, changes) => {
    const connection = reachMainDatabase(main);
    return [
      ...(status === "Retired" && !before && !(await isRetired(connection, { stack, orchestra }))
        ? [new UserError("orchestra-unknown", explainEarlyEnd(orchestra))]
        : []),
      ...refuseWith("backup-missing", await refuseStaleBackup(connection, backup, changes)),
    ];
  },
  checkOnly: ["backup"],
  digested: ["databaseUrl"],
});

/** Reads the stack's rows, once a second at most: a refresh asks for one after the other, and a login takes longer than all of them. */
const readRegister = shareFor(1_000, (main: string, stack: string) =>
  inspectRegistrations(reachMainDatabase(main), stack),
);

/** Tells whether a run whose state was lost has retired it. */
async function isRetired(connection: Connection, key: RegistrationKey): Promise<boolean> {
  return (await inspectRegistration(connection, key))?.status === "Retired";
}

function explainEarlyEnd(orchestra: string): string {
  return (
    `Refusing to retire ${orchestra}: expected an orchestra that was registered, got none in the state. ` +
    "Leave its lines out of the stack file, or take `state: retired` out of them."
  );
}
