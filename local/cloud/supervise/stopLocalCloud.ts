import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { stopOrphanedCluster } from "../cluster/startCluster.ts";
import { askControl, askHealth } from "../control/askControl.ts";
import { endProcess, readCommand } from "../processes.ts";
import { readSettings, type CloudSettings } from "../settings.ts";
import { statePaths } from "./statePaths.ts";

/** A clean stop takes a second; PostgreSQL may take half a minute when the machine is busy. */
const stopTimeout = 40_000;

/**
 * Stops the local cloud of a state directory and resolves when all its processes have ended, including those that a killed supervisor left
 * behind. Returns whether its supervisor ran.
 */
export async function stopLocalCloud(dir: string): Promise<boolean> {
  const settings = await readSettings(dir);
  return settings ? stopProcesses(settings.dir, settings) : false;
}

/** Does the same as `stopLocalCloud`, even if the settings cannot be read (`undefined`). `dir` is free of symbolic links. */
export async function stopProcesses(dir: string, settings: CloudSettings | undefined): Promise<boolean> {
  const health = settings && (await askHealth(settings));
  if (health) {
    // A supervisor that ends before it answers has obeyed; one that keeps running is ended by signals below.
    await askControl(settings, "POST", "/stop").catch(() => undefined);
    const end = Date.now() + stopTimeout;
    while (Date.now() < end && (await isSupervisor(health.pid, dir))) await sleep(25);
  }
  const pid = await findSupervisor(dir);
  if (pid !== undefined) {
    const signals = [
      { signal: "SIGTERM", patienceMs: stopTimeout },
      { signal: "SIGKILL", patienceMs: 5_000 },
    ] as const;
    await endProcess(pid, [...signals], () => isSupervisor(pid, dir));
  }
  await stopOrphanedCluster(dir);
  return health !== undefined || pid !== undefined;
}

/** Finds a supervisor that no longer answers. */
async function findSupervisor(dir: string): Promise<number | undefined> {
  const { pidFile } = statePaths(dir);
  const pid = Number(await readFile(pidFile, "utf8").catch(() => ""));
  if (Number.isInteger(pid) && pid > 1 && (await isSupervisor(pid, dir))) return pid;
  await rm(pidFile, { force: true });
  return undefined;
}

async function isSupervisor(pid: number, dir: string): Promise<boolean> {
  return (await readCommand(pid)).includes(`/local/cloud/main.js ${dir} `);
}
