import { readFileSync, readdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";

/** Returns every file in a folder, however deep. */
export async function readTree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** Adds the command lines of all processes at this moment; a process may end meanwhile. */
export function sampleArguments(seen: Set<string>): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
    } catch {
      // The process has ended.
    }
  }
}
