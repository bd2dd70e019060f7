import { ensureRegistration, inspectRegistration, removeRegistration } from "../database/registration.ts";
import { defineProvider } from "./lifecycle.ts";
import type { OrchestraRegistrationInputs, OrchestraRegistrationState } from "./orchestraRegistration.ts";

export const provider = defineProvider<OrchestraRegistrationInputs, OrchestraRegistrationState>({
  ensure: async ({ connection, ...registration }) => {
    const { id, status } = await ensureRegistration(connection, registration);
    return { id, state: { status } };
  },
  inspect: async (_id, { connection, stack, orchestra }) => {
    const found = await inspectRegistration(connection, { stack, orchestra });
    if (found === undefined) return undefined;
    const { id: _rowId, ...registration } = found;
    return { inputs: { connection, ...registration }, state: { status: found.status } };
  },
  remove: async (_id, { connection, stack, orchestra }) => removeRegistration(connection, { stack, orchestra }),
});
