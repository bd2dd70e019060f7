import { mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

/** Age at which a draft counts as left by a killed run: no step of a backup takes a day. Process ids say nothing about other machines. */
const abandonedMs = 86_400_000;

/**
 * Lends a folder beside `file`. Afterwards moves `name` out of it, so that the file appears whole or not at all, on the disk and
 * readable only for its owner. First deletes drafts that killed runs left: they hold people's data and are of no use.
 */
export async function withDraft<T>(file: string, name: string, work: (draft: string) => Promise<T>): Promise<T> {
  await removeAbandoned(path.dirname(file));
  const draft = await mkdtemp(`${file}.partial-`);
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
    if (!/\.tar\.(partial-\w+|\d+\.partial)$/.test(name)) continue;
    // Another run may remove its own draft meanwhile.
    const found = await stat(path.join(folder, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > abandonedMs)
      await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
