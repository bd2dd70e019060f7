import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import { checkout } from "../../infra/util/checkout.ts";

/**
 * Reads the stack that `pulumi stack select` chose in this checkout, as Pulumi does (pkg/workspace/workspace.go, settings.go): selections
 * are kept per backend, and once for all backends by a CLI before 3.276.
 */
export function readSelectedStack(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const home = environment["PULUMI_HOME"] || path.join(homedir(), ".pulumi");
  const read = (file: string): { current?: string; stack?: string; stacks?: Record<string, string> } => {
    try {
      return JSON.parse(readFileSync(path.join(home, file), "utf8")) as object;
    } catch {
      return {};
    }
  };
  const project = createHash("sha1").update(path.join(checkout, "Pulumi.yaml")).digest("hex");
  const { stack, stacks } = read(`workspaces/stagesub-${project}-workspace.json`);
  const backend = environment["PULUMI_BACKEND_URL"] || read("credentials.json").current;
  return (stacks && backend !== undefined ? stacks[backend] : undefined) ?? (stack || undefined);
}
