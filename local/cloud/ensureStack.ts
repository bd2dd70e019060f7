import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { statePaths } from "./supervise/statePaths.ts";
import { readProgram } from "../../infra/util/runProgram.ts";

/**
 * Makes the Pulumi stack `local` in the file backend of a state directory; does nothing if the stack exists. Pulumi leaves
 * stacks/Pulumi.local.yaml unchanged, since that file brings the salt for the local passphrase along.
 *
 * @param environment the result of `localEnvironment`
 * @param project the folder with Pulumi.yaml
 */
export async function ensureStack(
  dir: string,
  pulumi: string,
  environment: Record<string, string>,
  project: string,
): Promise<void> {
  const backend = statePaths(dir).pulumi;
  await mkdir(backend, { recursive: true });
  // Looked up in the file backend itself: asking `pulumi` takes a second.
  const state = path.join(backend, ".pulumi", "stacks", "stagesub", "local.json");
  if (existsSync(state)) return;
  const args = ["stack", "init", "local", "--no-select", "--secrets-provider", "passphrase", "--non-interactive"];
  try {
    await readProgram(pulumi, args, { cwd: project, env: { ...process.env, ...environment } });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(state)) throw error;
  }
}
