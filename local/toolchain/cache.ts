import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The interval at which the holder of the lock shows that it lives, and the silence after which it counts as dead (killed, powered off).
 */
const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 10_000;

/** The age at which a temporary directory counts as a killed run's leftover: a build takes minutes. */
const LEFT_OVER_MS = 60 * 60 * 1000;

/** Small directories that an edit of our programs makes anew, and the time without use after which they are removed. */
const PRUNED = /^(programs|bin|home)-[0-9a-f]{12}/;
const UNUSED_MS = 7 * 24 * 60 * 60 * 1000;

export interface LockOptions {
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** Makes a directory of the cache unless it exists, and returns its path. Two simultaneous calls make it once. */
export async function ensureDirectory(
  cache: string,
  name: string,
  fill: (directory: string) => Promise<void>,
  options: LockOptions,
): Promise<string> {
  const target = join(cache, name);
  if (!existsSync(target)) await withLock(cache, options, () => placeDirectory(cache, name, fill));
  // The directory's age tells when it was last used; see removeLeftOvers.
  await utimes(target, new Date(), new Date()).catch(() => undefined);
  return target;
}

/**
 * Makes a directory of the cache unless it exists: `fill` works in a temporary one, which is renamed when it is complete. So a directory
 * under its final name is whole, even after a killed run.
 */
export async function placeDirectory(
  cache: string,
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const target = join(cache, name);
  if (existsSync(target)) return target;
  await mkdir(join(cache, "tmp"), { recursive: true });
  const temporary = await mkdtemp(join(cache, "tmp", `${name}-`));
  try {
    await fill(temporary);
    await rename(temporary, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return target;
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Holds the cache's one lock while `work` runs. Logs that it waits for another holder; breaks a dead one's lock. */
export async function withLock<T>(cache: string, { log, signal }: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = join(cache, "lock");
  const owner = `${process.pid} ${randomUUID()}`;
  await mkdir(cache, { recursive: true });
  for (let waited = false; !(await acquire(lock, owner)); waited = true) {
    if (!waited) log("Another run is preparing the toolchain; waiting for it …");
    await sleep(200, undefined, { ...(signal && { signal }) });
  }
  const heartbeat = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => undefined), HEARTBEAT_MS);
  try {
    await removeLeftOvers(cache);
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readFile(lock, "utf8").catch(() => "")) === owner) await unlink(lock).catch(() => undefined);
  }
}

/**
 * Takes the lock, or pushes a dead holder's aside. If two push at the same moment, both may end up working: wasteful but harmless, since
 * each fills a directory of its own and the first rename decides.
 */
async function acquire(lock: string, owner: string): Promise<boolean> {
  try {
    const file = await open(lock, "wx");
    try {
      await file.writeFile(owner);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if ((await age(lock)) > SILENCE_MS) await unlink(lock).catch(() => undefined);
  return false;
}

async function removeLeftOvers(cache: string): Promise<void> {
  const temporary = join(cache, "tmp");
  for (const name of await readdir(temporary).catch(() => [])) await removeOlder(join(temporary, name), LEFT_OVER_MS);
  for (const name of (await readdir(cache)).filter((entry) => PRUNED.test(entry))) {
    await removeOlder(join(cache, name), UNUSED_MS);
  }
}

async function removeOlder(path: string, limitMs: number): Promise<void> {
  if ((await age(path)) > limitMs) await rm(path, { recursive: true, force: true });
}

/** Returns the milliseconds since the last change; 0 if the file does not exist. */
async function age(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
}
