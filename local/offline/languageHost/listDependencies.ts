import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One package that the program's package.json names, as it is installed. */
export interface Dependency {
  name: string;
  version: string;
}

interface PackageJson {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Lists the program's direct dependencies as installed, without those that are missing. `pulumi about` shows them. */
export function listDependencies(root: string): Dependency[] {
  const { dependencies, devDependencies } = readPackage(root);
  return Object.keys({ ...dependencies, ...devDependencies })
    .sort()
    .flatMap((name) => {
      const { version } = readPackage(join(root, "node_modules", name));
      return version === undefined ? [] : [{ name, version }];
    });
}

function readPackage(directory: string): PackageJson {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as PackageJson;
  } catch {
    return {};
  }
}
