import { ensureRegistration, inspectRegistration, removeRegistration } from "../database/registration.ts";
import { defineProvider } from "./lifecycle.ts";
import type { OrchestraRegistrationInputs, OrchestraRegistrationState } from "./orchestraRegistration.ts";
import { backUpFirst, refuseStaleBackup } from "./registryBackup.ts";

export const provider = defineProvider<OrchestraRegistrationInputs, OrchestraRegistrationState>({
  ensure: async ({ connection, backup: _backup, ...registration }) => {
    await backUpFirst(connection);
    const { id, status } = await ensureRegistration(connection, registration);
    return { id, state: { status } };
  },
  inspect: async (_id, { connection, stack, orchestra }) => {
    const found = await inspectRegistration(connection, { stack, orchestra });
    if (found === undefined) return undefined;
    const { id: _rowId, ...registration } = found;
    return { inputs: { connection, ...registration }, state: { status: found.status } };
  },
  remove: async (_id, { connection, stack, orchestra }) => {
    await backUpFirst(connection);
    await removeRegistration(connection, { stack, orchestra });
  },
  check: (_before, { connection, backup }, changes) => refuseStaleBackup(connection, backup, changes),
  relevant: ({ backup: _backup, ...inputs }) => inputs,
});
