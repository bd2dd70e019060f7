import { UserError } from "../errors.ts";
import { pauseProject } from "../cloud/projectLifecycle.ts";
import { findMissingPrograms } from "../database/programs/findPostgresPrograms.ts";
import { requireRetirementBackup } from "../database/backup/backupLog.ts";
import { retireDatabase } from "../database/tenant/retireDatabase.ts";
import { backupFolder } from "../database/sources.ts";
import { defineProvider } from "./lifecycle.ts";
import type { OrchestraRetirementInputs, OrchestraRetirementState } from "./orchestraRetirement.ts";
import { reachMainDatabase, supabaseAccess } from "./runAccess.ts";
import { removeName } from "./removeName.ts";

export const provider = defineProvider<OrchestraRetirementInputs, OrchestraRetirementState>({
  ensure: async ({ project, released: _released, record, main, ...rest }) => {
    const spec = { ...rest, registry: reachMainDatabase(main) };
    const { stack, orchestra } = spec;
    const backup = await retireDatabase({ ...spec, folder: backupFolder(stack) });
    console.log(`${orchestra}: backed up and verified, backups/${stack}/${backup.file}`);
    const obstacle = project === undefined ? undefined : await pauseProject(supabaseAccess(), project);
    if (obstacle !== undefined) console.warn(`${orchestra}: ${obstacle}`);
    await removeName({ stack, orchestra, ...record });
    return { id: orchestra, state: { backup, project: obstacle ?? (project ? "paused" : "left as it is") } };
  },
  check: async (before, { orchestra, connection }) => {
    // A preview may not know the connection yet.
    const missing =
      !before &&
      typeof connection === "object" &&
      (await findMissingPrograms(connection, "client and server programs"));
    return missing
      ? [new UserError("program-missing", `Refusing to retire ${orchestra}: no backup could be made. ${missing}`)]
      : [];
  },
  // A retirement that is done stays done; a paused project cannot be asked.
  inspect: (_id, { state, ...inputs }) => Promise.resolve({ inputs, state }),
  remove: async (_id, { main, stack, orchestra, released }) => {
    if (released) await requireRetirementBackup(reachMainDatabase(main), { stack, orchestra }, backupFolder(stack));
  },
  relevant: ({ stack, orchestra, key, project, released }) => ({ stack, orchestra, key, project, released }),
});
