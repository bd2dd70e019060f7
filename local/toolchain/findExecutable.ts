import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** Returns the path of the first executable file of this name in these directories. */
export function findExecutable(name: string, directories: string[]): string | undefined {
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
