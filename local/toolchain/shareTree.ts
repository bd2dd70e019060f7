import { copyFile, link, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Makes a directory that holds the same files as another: the engine takes no symbolic links for plugin directories. */
export async function shareTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.isDirectory()) await shareTree(join(from, entry.name), join(to, entry.name));
    else if (entry.isFile()) await shareFile(join(from, entry.name), join(to, entry.name));
  }
}

/** A hard link where the file system has them, else a copy. */
export async function shareFile(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
