import type * as pulumi from "@pulumi/pulumi";

import { readCloudflareAccess, readSupabaseAccess } from "../api/apiAccess.ts";
import type { ApiAccess } from "../api/callApi.ts";
import { pauseProject } from "../api/pauseProject.ts";
import { findMissingPrograms } from "../database/programs/findPostgresPrograms.ts";
import { requireRetirementBackup } from "../database/retirement/retirementBackup.ts";
import { retireDatabase } from "../database/retirement/retireDatabase.ts";
import { backupFolder } from "../database/sources.ts";
import { defineProvider } from "./lifecycle.ts";
import { reachMainDatabase } from "./mainDatabase.ts";
import { takeNameAway } from "./takeNameAway.ts";
import type { OrchestraRetirementInputs, OrchestraRetirementState } from "./orchestraRetirement.ts";

const unconfigured = (): never => {
  throw new Error("OrchestraRetirement was not configured");
};
let access: Record<"supabase" | "cloudflare", () => ApiAccess> = { supabase: unconfigured, cloudflare: unconfigured };
let reach: ReturnType<typeof reachMainDatabase> = unconfigured;

const lifecycle = defineProvider<OrchestraRetirementInputs, OrchestraRetirementState>({
  ensure: async ({ project, released: _released, record, main, ...rest }) => {
    const spec = { ...rest, registry: reach(main) };
    const { stack, orchestra } = spec;
    const backup = await retireDatabase({ ...spec, folder: backupFolder(stack) });
    console.log(`${orchestra}: backed up and verified, backups/${stack}/${backup.file}`);
    const obstacle = project === undefined ? undefined : await pauseProject(access.supabase(), project);
    if (obstacle !== undefined) console.warn(`${orchestra}: ${obstacle}`);
    await takeNameAway(access.cloudflare(), { stack, orchestra, ...record });
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
  remove: async (_id, { main, stack, orchestra, released }) => {
    if (released) await requireRetirementBackup(reach(main), { stack, orchestra }, backupFolder(stack));
  },
  relevant: ({ stack, orchestra, key, project, released }) => ({ stack, orchestra, key, project, released }),
});

/** The tokens are the stack's or the environment's, as for the official providers; they are in no resource's state. */
export const provider = {
  ...lifecycle,
  configure: ({ config }: pulumi.dynamic.ConfigureRequest) => {
    const read = (key: string) => config.get(key);
    reach = reachMainDatabase(read, process.env);
    access = {
      supabase: () => readSupabaseAccess(read, process.env),
      cloudflare: () => readCloudflareAccess(read, process.env),
    };
    return Promise.resolve();
  },
};
