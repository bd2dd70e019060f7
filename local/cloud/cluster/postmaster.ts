import { spawn } from "node:child_process";
import { open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { endProcess, readCommand } from "../processes.ts";
import type { ServerAccount } from "./serverAccount.ts";

export interface Postmaster {
  pid: number;
  /** Resolves when the server's main process has gone, whatever ended it. */
  exited: Promise<void>;
}

/** Starts the server as a child process. Its log goes straight to a file, so that it can outlive this process. */
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

/** Holds none of this process's environment, which may contain secrets, and asks for messages in English everywhere. */
export const serverEnvironment = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/**
 * Finds the process id of a server that runs on this data directory, even one whose supervisor was killed. postmaster.pid alone proves
 * nothing: after a crash its number may belong to any other process.
 */
export async function findPostmaster(dataDirectory: string): Promise<number | undefined> {
  const file = path.join(dataDirectory, "postmaster.pid");
  const pid = Number((await readFile(file, "utf8").catch(() => "")).split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  if (await isPostmaster(pid, dataDirectory)) return pid;
  // The server would refuse to start over the pid of a living stranger or of a zombie, so the stale file goes.
  await rm(file, { force: true });
  return undefined;
}

/** Ends the server on this data directory, if any: connections are cut and open transactions rolled back. */
export async function stopPostmaster(dataDirectory: string): Promise<void> {
  const pid = await findPostmaster(dataDirectory);
  if (pid !== undefined) await endPostmaster(pid, dataDirectory);
}

/** Ends a server whose process is known, even when its data directory was deleted together with postmaster.pid. */
export async function endPostmaster(pid: number, dataDirectory: string): Promise<void> {
  // SIGINT is PostgreSQL's "fast" shutdown, SIGQUIT its "immediate" one, after which the next start recovers from its
  // log.
  const signals = [
    { signal: "SIGINT", patienceMs: 20_000 },
    { signal: "SIGQUIT", patienceMs: 10_000 },
  ] as const;
  await endProcess(pid, [...signals], () => isPostmaster(pid, dataDirectory));
}

async function isPostmaster(pid: number, dataDirectory: string): Promise<boolean> {
  return (await readCommand(pid)).includes(`-D ${dataDirectory} `);
}
