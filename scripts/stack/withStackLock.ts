import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { readCommand } from "../../local/cloud/processes.ts";
import { UserError } from "../../infra/errors.ts";
import { sha256 } from "../../infra/util/digest.ts";

/** Each holder takes less than a second: `work` does not wait for anything. */
const patienceMs = 30_000;

/**
 * Runs `work` while no other process of this machine holds the lock of a file, and waits for the one that does. The lock is a symbolic link
 * beside the file: it is made whole or not at all, and names its holder. The lock of a dead holder is taken away.
 *
 * @param shown the file as messages name it
 * @throws {UserError} when the lock is not given back in time
 */
export async function withStackLock<T>(file: string, shown: string, work: () => T): Promise<T> {
  const lock = `${file}.lock`;
  const own = await identify(process.pid);
  for (const end = Date.now() + patienceMs; !make(lock, own); await sleep(20)) {
    const holder = readHolder(lock);
    if (holder !== undefined && !(await isAlive(holder))) breakLock(lock, holder, own);
    else if (Date.now() > end)
      throw new UserError(
        "busy",
        `Expected ${shown} to be free for an edit, found the process ${holder?.split("-")[0]} at it for ${patienceMs / 1000} s. ` +
          `Wait for its end; if it is dead, remove ${shown}.lock and ${shown}.lock.broken. Nothing was written.`,
      );
  }
  const giveBack = () => rmSync(lock, { force: true });
  // A refusal of the command line ends the process where it stands.
  process.once("exit", giveBack);
  try {
    return work();
  } finally {
    process.off("exit", giveBack);
    giveBack();
  }
}

/** Returns a process's number and a digest of its command line: another process may get the number after its end. */
async function identify(pid: number): Promise<string> {
  return `${pid}-${sha256(await readCommand(pid))}`;
}

async function isAlive(holder: string): Promise<boolean> {
  return (await identify(Number(holder.split("-")[0]))) === holder;
}

function make(lock: string, holder: string): boolean {
  try {
    symlinkSync(holder, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(lock: string): string | undefined {
  try {
    return readlinkSync(lock);
  } catch {
    return undefined;
  }
}

/** A second lock keeps two processes that found the same dead holder from taking away the lock that a third has made since. */
function breakLock(lock: string, dead: string, own: string): void {
  const breaking = `${lock}.broken`;
  if (!make(breaking, own)) return;
  try {
    if (readHolder(lock) === dead) rmSync(lock);
  } finally {
    rmSync(breaking, { force: true });
  }
}
