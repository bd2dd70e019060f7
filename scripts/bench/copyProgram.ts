import { cp, symlink } from "node:fs/promises";
import path from "node:path";

import { checkout } from "../../infra/util/checkout.ts";

/** The files and folders that `pulumi up` reads. */
const parts = ["Pulumi.yaml", "package.json", "tsconfig.json", "infra", "migrations", "seeds", "stacks", "sdks"];

/** The further parts that our commands need. */
export const commandParts = ["package-lock.json", "local", "policy", "scripts", "stagesub"];

/**
 * Copies the program into a folder, where its stack files may be edited; node_modules stay the checkout's. The program finds
 * its stack file beside itself, so links instead of copies would lead back to the checkout's.
 *
 * @param more further parts of the checkout
 */
export async function copyProgram(folder: string, more: string[] = []): Promise<void> {
  for (const part of [...parts, ...more]) {
    await cp(path.join(checkout, part), path.join(folder, part), { recursive: true, verbatimSymlinks: true });
  }
  await symlink(path.join(checkout, "node_modules"), path.join(folder, "node_modules"));
}
