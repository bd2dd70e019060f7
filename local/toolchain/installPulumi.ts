import { join } from "node:path";
import { isExecutable } from "./findExecutable.ts";
import type { Machine } from "./machine.ts";
import { UserError } from "../../infra/errors.ts";
import { PULUMI_VERSION } from "./versions.ts";

/** Returns the folder that Pulumi's npm package, its Automation API and so this project share for a version of the CLI. */
function installRoot({ pulumiHome }: Machine): string {
  return join(pulumiHome, "versions", PULUMI_VERSION);
}

/** Finds a CLI that Pulumi's own installer put there, if any. */
export function findInstalledPulumi(machine: Machine): string | undefined {
  const pulumi = join(installRoot(machine), "bin/pulumi");
  return isExecutable(pulumi) ? pulumi : undefined;
}

/**
 * Installs the CLI as Pulumi itself does, and returns its path.
 *
 * @throws {UserError} with the installer's message
 */
export async function installPulumi(machine: Machine, log: (line: string) => void): Promise<string> {
  const root = installRoot(machine);
  log(`Installing Pulumi ${PULUMI_VERSION} into ${root} …`);
  const otherwise =
    "Run this again, or install Pulumi on PATH yourself (https://www.pulumi.com/docs/install/), or the npm package `pulumi`.";
  try {
    await machine.install(root);
  } catch (error) {
    throw new UserError(
      "program-missing",
      `Pulumi's installer failed: ${(error as Error).message.trim()}\n${otherwise}`,
    );
  }
  const pulumi = findInstalledPulumi(machine);
  if (pulumi === undefined)
    throw new UserError(
      "program-missing",
      `Pulumi's installer ended without an error, and left no CLI in ${root}. ${otherwise}`,
    );
  return pulumi;
}
