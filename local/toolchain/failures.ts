import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How long a failure is believed; `npm run toolchain -- --refresh` asks again at once. */
const MEMORY_MS = 24 * 60 * 60 * 1000;

/** What may fail for want of a network. */
export type Download = "release" | "plugins";

/** Remembers for a day that a download failed, so that a machine without internet does not wait for time-outs all day. */
export async function rememberFailure(cache: string, download: Download, reason: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  await writeFile(failureFile(cache, download), reason);
}

/** Why this download failed within the last day, if it did. */
export async function recallFailure(cache: string, download: Download): Promise<string | undefined> {
  const file = failureFile(cache, download);
  try {
    const { mtimeMs } = await stat(file);
    return Date.now() - mtimeMs < MEMORY_MS ? await readFile(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

function failureFile(cache: string, download: Download): string {
  return join(cache, `failed-${download}.txt`);
}
