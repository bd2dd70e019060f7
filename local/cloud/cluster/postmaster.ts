import { execFile, spawn } from "node:child_process";
import { open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { ServerAccount } from "./serverAccount.ts";

export interface Postmaster {
  pid: number;
  /** Resolves when the server's main process has gone, whoever ended it. */
  exited: Promise<void>;
}

/** Starts the server as our child. Its log goes straight to a file, so that it can outlive us. */
export async function spawnPostmaster(options: {
  postgres: string;
  dataDirectory: string;
  account: ServerAccount;
  logFile: string;
  settings: Record<string, string>;
}): Promise<Postmaster> {
  const flags = Object.entries(options.settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = await open(options.logFile, "a");
  try {
    const child = spawn(options.postgres, ["-D", options.dataDirectory, ...flags], {
      ...options.account,
      cwd: "/",
      env: serverEnvironment,
      stdio: ["ignore", log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    return { pid: child.pid!, exited };
  } finally {
    await log.close();
  }
}

/** None of our own environment (it may hold secrets), and messages in English wherever we run. */
export const serverEnvironment = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/**
 * The process id of a server that runs on this data directory, also one whose supervisor was killed. postmaster.pid
 * alone proves nothing: after a crash its number may belong to any other process by now.
 */
export async function findPostmaster(dataDirectory: string): Promise<number | undefined> {
  const file = path.join(dataDirectory, "postmaster.pid");
  const pid = Number((await readFile(file, "utf8").catch(() => "")).split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined;
  const command = await readCommand(pid);
  if (command.includes(`-D ${dataDirectory} `)) return pid;
  // The server would refuse to start over the pid of a living stranger (or of a zombie), so the stale file goes.
  await rm(file, { force: true });
  return undefined;
}

/** Ends the server on this data directory, if any: connections are cut and open transactions rolled back. */
export async function stopPostmaster(dataDirectory: string): Promise<void> {
  const pid = await findPostmaster(dataDirectory);
  if (pid === undefined) return;
  // SIGINT is PostgreSQL's "fast" shutdown, SIGQUIT its "immediate" one, after which the next start recovers from the log.
  for (const [signal, patience] of [
    ["SIGINT", 20_000],
    ["SIGQUIT", 10_000],
  ] as const) {
    signalProcess(pid, signal);
    for (const end = Date.now() + patience; Date.now() < end; await sleep(25)) {
      if (!isAlive(pid) || (await findPostmaster(dataDirectory)) !== pid) return;
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) on ${dataDirectory} did not stop within 30 seconds. End it by hand.`);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A process's command line, words separated by blanks; empty for a zombie or none. Slim containers have /proc but no `ps`. */
async function readCommand(pid: number): Promise<string> {
  if (process.platform === "linux") {
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return words.replaceAll("\0", " ");
  }
  const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return `${stdout.trim()} `;
}
