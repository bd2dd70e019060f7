import { join } from "node:path";
import { ensureDirectory } from "./cache.ts";
import { findExecutable } from "./findExecutable.ts";
import type { Machine } from "./machine.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { UserError } from "../../infra/errors.ts";

/**
 * Finds or installs a Node of another version: the package `node-<platform>` on npm holds Node's own binary.
 *
 * @param version a major version such as "24", its newest release when it is installed first, or an exact one
 * @returns the path of Node
 * @throws {UserError} if npm has none, with npm's message
 */
export async function ensureNode(version: string, machine: Machine, log: (line: string) => void): Promise<string> {
  if (!/^\d+(\.\d+\.\d+)?$/.test(version))
    throw new UserError(
      "command-line",
      `Expected a version of Node such as 24 or 24.22.3, got ${JSON.stringify(version)}.`,
    );
  const platform = `${process.platform}-${process.arch}`;
  const npm = findExecutable("npm", machine.path);
  if (npm === undefined)
    throw new UserError("program-missing", "Expected npm on PATH, which brings the other Node; found none.");
  const install = async (directory: string): Promise<void> => {
    log(`Installing node-${platform}@${version} from npm …`);
    const args = ["install", "--prefix", directory, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output } = await runProgram(npm, [...args, `node-${platform}@${version}`], {
      cwd: directory,
      env: machine.environment,
    });
    if (code !== 0)
      throw new UserError("program-failed", `npm could not install node-${platform}@${version}:\n${output.trim()}`);
  };
  const directory = await ensureDirectory(machine.cache, `node-${version}-${platform}`, install, { log });
  return join(directory, "node_modules", `node-${platform}`, "bin/node");
}
