import type * as pulumi from "@pulumi/pulumi";

import { readSupabaseAccess } from "../api/apiAccess.ts";
import type { ApiAccess } from "../api/callApi.ts";
import { pauseProject } from "../api/pauseProject.ts";
import { findMissingPrograms } from "../database/programs/findPostgresPrograms.ts";
import { requireRetirementBackup } from "../database/retirement/retirementBackup.ts";
import { retireDatabase } from "../database/retirement/retireDatabase.ts";
import { backupFolder } from "../database/sources.ts";
import { defineProvider } from "./lifecycle.ts";
import type { OrchestraRetirementInputs, OrchestraRetirementState } from "./orchestraRetirement.ts";

let access: () => ApiAccess = () => {
  throw new Error("OrchestraRetirement was not configured");
};

const lifecycle = defineProvider<OrchestraRetirementInputs, OrchestraRetirementState>({
  ensure: async ({ project, released: _released, ...spec }) => {
    const { stack, orchestra } = spec;
    const backup = await retireDatabase({ ...spec, folder: backupFolder(stack) });
    console.log(`${orchestra}: backed up and verified, backups/${stack}/${backup.file}`);
    const obstacle = project === undefined ? undefined : await pauseProject(access(), project);
    if (obstacle !== undefined) console.warn(`${orchestra}: ${obstacle}`);
    return { id: orchestra, state: { backup, project: obstacle ?? (project ? "paused" : "left as it is") } };
  },
  check: async (before, { orchestra, connection }) => {
    // A preview may not know the connection yet.
    const missing =
      !before &&
      typeof connection === "object" &&
      (await findMissingPrograms(connection, "client and server programs"));
    return missing ? [`Refusing to retire ${orchestra}: no backup could be made. ${missing}`] : [];
  },
  // What was done is done; a paused project cannot be asked.
  inspect: (_id, { state, ...inputs }) => Promise.resolve({ inputs, state }),
  remove: async (_id, { registry, stack, orchestra, released }) => {
    if (released) await requireRetirementBackup(registry, { stack, orchestra }, backupFolder(stack));
  },
  relevant: ({ stack, orchestra, key, project, released }) => ({ stack, orchestra, key, project, released }),
});

/** The token is the stack's or the environment's, as for the official provider; it is in no resource's state. */
export const provider = {
  ...lifecycle,
  configure: ({ config }: pulumi.dynamic.ConfigureRequest) => {
    access = () => readSupabaseAccess((key) => config.get(key), process.env);
    return Promise.resolve();
  },
};
