import { mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { isAlive } from "../../util/isAlive.ts";

/** Age at which another machine's draft counts as left by a killed run: no step of a backup takes a day. */
const abandonedMs = 86_400_000;

/** This machine's name as a part of a file's name. */
const machine = hostname().replace(/[^\w.]/g, "_");

/**
 * Lends a folder beside `file`. Afterwards moves `name` out of it, so that the file appears whole or not at all, on the disk and
 * readable only for its owner. First deletes drafts that killed runs left: they hold people's data and are of no use.
 */
export async function withDraft<T>(file: string, name: string, work: (draft: string) => Promise<T>): Promise<T> {
  await removeAbandoned(path.dirname(file));
  const draft = await mkdtemp(`${file}.partial-${machine}-${process.pid}-`);
  try {
    const result = await work(draft);
    const handle = await open(path.join(draft, name), "r+");
    await handle.chmod(0o600);
    await handle.sync().finally(() => handle.close());
    await rename(path.join(draft, name), file);
    return result;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, from, pid] = /\.tar\.partial-([\w.]+)-(\d+)-\w+$/.exec(name) ?? [];
    if (pid === undefined) continue;
    const isLeft = from === machine ? !isAlive(Number(pid)) : await isOld(path.join(folder, name));
    if (isLeft) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

async function isOld(draft: string): Promise<boolean> {
  // Another run may remove its own draft meanwhile.
  const found = await stat(draft).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > abandonedMs;
}
