import { ensureRegistration, inspectRegistration, removeRegistration } from "../database/registration.ts";
import { defineProvider } from "./lifecycle.ts";
import type { OrchestraRegistrationInputs, OrchestraRegistrationState } from "./orchestraRegistration.ts";
import { refuseTakenSubdomain } from "./refuseTakenSubdomain.ts";
import { backUpFirst, refuseStaleBackup } from "./registryBackup.ts";

export const provider = defineProvider<OrchestraRegistrationInputs, OrchestraRegistrationState>({
  ensure: async ({ connection, backup: _backup, leadsTo: _leadsTo, ...registration }) => {
    await backUpFirst(connection);
    const { id, status } = await ensureRegistration(connection, registration);
    return { id, state: { status, row: id } };
  },
  inspect: async (_id, { connection, backup, stack, orchestra }) => {
    const found = await inspectRegistration(connection, { stack, orchestra });
    if (found === undefined) return undefined;
    const { id: row, ...registration } = found;
    return { inputs: { connection, ...(backup && { backup }), ...registration }, state: { status: found.status, row } };
  },
  remove: async (_id, { connection, stack, orchestra, state }) => {
    await backUpFirst(connection);
    await removeRegistration(connection, { stack, orchestra }, state.row);
  },
  check: async (before, { connection, backup, stack, orchestra, subdomain, status, leadsTo }, changes) => [
    ...(status === "Retired" && !before ? [explainEarlyEnd(orchestra)] : []),
    ...(await refuseStaleBackup(connection, backup, changes)),
    ...(leadsTo !== undefined && before?.subdomain !== subdomain
      ? await refuseTakenSubdomain(connection, { stack, orchestra, subdomain, leadsTo })
      : []),
  ],
  previewOnly: ["leadsTo"],
  relevant: ({ backup: _backup, ...inputs }) => inputs,
});

function explainEarlyEnd(orchestra: string): string {
  return (
    `Refusing to retire ${orchestra}: expected an orchestra that was registered, got none in the state. ` +
    "Leave its lines out of the stack file, or take `state: retired` out of them."
  );
}
