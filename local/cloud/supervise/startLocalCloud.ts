import { spawn, type ChildProcess } from "node:child_process";
import { open, readFile, rename, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { askHealth } from "../control/askControl.ts";
import { ensureSettings, fitsSettings, readSettings, type CloudSettings, type SettingsChange } from "../settings.ts";
import { statePaths } from "./statePaths.ts";
import { stopLocalCloud } from "./stopLocalCloud.ts";
import type { SupervisorMessage } from "./supervise.ts";
import { UserError } from "../../../infra/errors.ts";

export interface StartOptions extends SettingsChange {
  /** The state directory; made if missing. */
  dir: string;
  /** Progress, one line at a time. */
  log: (line: string) => void;
}

/** A cold start takes about five seconds; a machine under load many times that. */
const startTimeout = 180_000;

/** A log beyond this size is put aside as cloud.log.1 at the next start, in bytes. */
const maxLogSize = 5_000_000;

/**
 * Starts the local cloud in the background and resolves when every service answers. Only waits if it runs already.
 *
 * @throws when a port is taken, when it runs already with other ports than asked for, and when it dies, with the end of its log.
 */
export async function startLocalCloud({ dir, log, ...change }: StartOptions): Promise<CloudSettings> {
  const running = await findRunning(dir);
  if (running) {
    if (!fitsSettings(running, change)) {
      throw new UserError(
        "local-cloud-failed",
        "The local cloud runs already, with other settings. Stop it first: `./stagesub local stop`.",
      );
    }
    log("the local cloud runs already");
    await waitUntilHealthy(running);
    return running;
  }
  const settings = await ensureSettings(dir, change);
  const supervisor = await spawnSupervisor(settings);
  try {
    await waitUntilHealthy(settings, supervisor, log);
  } finally {
    if (supervisor.connected) supervisor.disconnect();
    supervisor.removeAllListeners();
    supervisor.unref();
  }
  return settings;
}

/** Returns the settings of a cloud that runs or is starting. Stops a failing cloud, so that it can be started anew. */
async function findRunning(dir: string): Promise<CloudSettings | undefined> {
  const settings = await readSettings(dir);
  const health = settings && (await askHealth(settings));
  if (!health) return undefined;
  if (health.status === "healthy" || health.status === "starting") return settings;
  await stopLocalCloud(dir);
  return undefined;
}

async function spawnSupervisor(settings: CloudSettings): Promise<ChildProcess> {
  const file = statePaths(settings.dir).log;
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size > maxLogSize) await rename(file, `${file}.1`);
  const output = await open(file, "a", 0o600);
  try {
    // A session of its own: closing the terminal, or Ctrl-C in it, does not reach the supervisor.
    return spawn(process.execPath, [supervisorProgram, settings.dir], {
      cwd: path.dirname(supervisorProgram),
      detached: true,
      stdio: ["ignore", output.fd, output.fd, "ipc"],
    });
  } finally {
    await output.close();
  }
}

const supervisorProgram = fileURLToPath(new URL("../main.js", import.meta.url));

async function waitUntilHealthy(
  settings: CloudSettings,
  supervisor?: ChildProcess,
  log?: (line: string) => void,
): Promise<void> {
  let failure: string | undefined;
  let ended = false;
  supervisor?.on("message", (message: SupervisorMessage) => {
    if (message.kind === "progress") log?.(message.line);
    else failure = message.reason;
  });
  supervisor?.once("exit", () => (ended = true)).once("error", (error) => (failure = error.message));

  for (const end = Date.now() + startTimeout; Date.now() < end; await sleep(50)) {
    // Asked first: of two simultaneous starts one supervisor ends, and the other's cloud serves both.
    const health = await askHealth(settings);
    if (health?.status === "healthy") return;
    if (health) continue;
    if (failure !== undefined) throw new UserError("local-cloud-failed", failure);
    if (ended)
      throw new UserError(
        "local-cloud-failed",
        `The local cloud ended while it started.${await readLogEnd(settings.dir)}`,
      );
  }
  throw new UserError(
    "local-cloud-failed",
    `The local cloud was not healthy after ${startTimeout / 1000} seconds.${await readLogEnd(settings.dir)}`,
  );
}

async function readLogEnd(dir: string): Promise<string> {
  const { log } = statePaths(dir);
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n");
  return ` The end of its log (${log}):\n${lines.slice(-20).join("\n")}`;
}
