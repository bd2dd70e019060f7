import { rm, writeFile } from "node:fs/promises";
import { startCloud } from "../cloud.ts";
import { readSettings, type CloudSettings } from "../settings.ts";
import { statePaths } from "./statePaths.ts";

/** The supervisor's messages to the process that spawned it, while that process still listens. */
export type SupervisorMessage = { kind: "progress"; line: string } | { kind: "failed"; reason: string };

/** The interval at which the supervisor checks that its state directory exists, in milliseconds. */
const watchInterval = 1_000;

/**
 * Runs the local cloud in this process until it is asked to stop by SIGTERM, SIGINT or its control port, or until its
 * state directory is deleted (with the clone around it): no command would find it any more. Then the process ends.
 */
export async function supervise(settings: CloudSettings): Promise<void> {
  const { pidFile } = statePaths(settings.dir);
  let stopping: Promise<void> | undefined;
  const stop = (reason: string) => {
    stopping ??= end(reason);
  };
  const end = async (reason: string) => {
    log(`stopping: ${reason}`);
    // A cloud that is still starting is stopped once it is complete: nothing is left half open.
    const cloud = await starting.catch(() => undefined);
    await cloud?.close();
    await rm(pidFile, { force: true });
    log("stopped");
    process.exit(0);
  };
  process.once("SIGTERM", () => stop("SIGTERM"));
  process.once("SIGINT", () => stop("SIGINT"));
  // The end of the spawning process, or of its terminal, is no reason to end.
  process.on("SIGHUP", () => undefined);
  setInterval(() => {
    void isAbandoned(settings).then((abandoned) => abandoned && stop("its state directory is gone"));
  }, watchInterval).unref();

  const starting = startCloud({ settings, log, onStop: () => stop("asked over the control port") });
  try {
    await starting;
    await writeFile(pidFile, String(process.pid));
    log("every service listens");
  } catch (error) {
    writeLine(`failed: ${(error as Error).message}`);
    tell({ kind: "failed", reason: (error as Error).message });
    process.exitCode = 1;
    // Services that are still open must not keep a failed supervisor alive.
    setTimeout(() => process.exit(1), 1_000).unref();
  }
}

/** Tells whether the settings are gone or belong to another cloud. Settings that cannot be read prove nothing. */
async function isAbandoned({ dir, cluster }: CloudSettings): Promise<boolean> {
  const found = await readSettings(dir).catch(() => ({ cluster }));
  return found?.cluster.id !== cluster.id;
}

function log(line: string): void {
  writeLine(line);
  tell({ kind: "progress", line });
}

function writeLine(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message, () => undefined);
}
