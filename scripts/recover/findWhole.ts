import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** A file of Pulumi's with a state in it. */
export interface StateFile {
  path: string;
  /** How many resources it holds; undefined where it is cut off. */
  resources: number | undefined;
  bytes: number;
}

/** Where Pulumi's backend in a folder keeps a stack of this project (pkg/backend/diy/store.go). */
export function stateFiles(
  folder: string,
  stack: string,
): { state: string; before: string; backups: string; locks: string } {
  const at = (...parts: string[]) => path.join(folder, ".pulumi", ...parts);
  const state = at("stacks", "stagesub", `${stack}.json`);
  return {
    state,
    before: `${state}.bak`,
    backups: at("backups", "stagesub", stack),
    locks: at("locks", "organization", "stagesub", stack),
  };
}

/** @returns undefined where there is no such file */
export async function readStateFile(file: string): Promise<StateFile | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined
    ? undefined
    : { path: file, resources: countResources(text), bytes: Buffer.byteLength(text) };
}

/** The newest state that is whole: what stood before the last write, else the newest that was kept at the end of an update. */
export async function findWhole({ before, backups }: ReturnType<typeof stateFiles>): Promise<StateFile | undefined> {
  const kept = (await readdir(backups).catch(() => [])).filter((name) => name.endsWith(".json"));
  // `<stack>.<nanoseconds>.json`: all of one length.
  const newestFirst = kept.sort().reverse();
  for (const file of [before, ...newestFirst.map((name) => path.join(backups, name))]) {
    const found = await readStateFile(file);
    if (found?.resources !== undefined) return found;
  }
  return undefined;
}

/** A state without resources is what a stack begins with. */
function countResources(text: string): number | undefined {
  try {
    const { checkpoint } = JSON.parse(text) as { checkpoint?: { latest?: { resources?: object[] } | null } };
    return checkpoint && (checkpoint.latest?.resources ?? []).length;
  } catch {
    return undefined;
  }
}
