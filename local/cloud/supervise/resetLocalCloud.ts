import { realpath, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { removeCluster } from "../cluster/startCluster.ts";
import { readSettings } from "../settings.ts";
import { statePaths } from "./statePaths.ts";
import { stopProcesses } from "./stopLocalCloud.ts";

/** Stops the local cloud and removes all its files: databases, API state, tokens, and the Pulumi state that described them. */
export async function resetLocalCloud(dir: string): Promise<void> {
  const real = await realpath(dir).catch(() => undefined);
  if (real === undefined) return;
  // Settings that cannot be read are a reason to reset, not an obstacle.
  await stopProcesses(real, await readSettings(dir).catch(() => undefined));
  await removeCluster(dir);
  // Removed by name, and the folder only if it is empty then: --dir may name a folder that holds other things.
  const { log, pidFile, pulumi } = statePaths(dir);
  const settings = path.join(dir, "settings.json");
  for (const item of [settings, `${settings}.new`, log, `${log}.1`, pidFile, pulumi]) {
    await rm(item, { recursive: true, force: true });
  }
  await rmdir(dir).catch(() => undefined);
}
