import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";

import { readApiAccess } from "./cloud/apiAccess.ts";
import { readEnvironment, readSecretKeys } from "./config/environment.ts";
import { readSourceFile } from "./config/parseSource.ts";
import { parseStack } from "./config/parseStack.ts";

/**
 * Reads the stack's configuration, its file and the environment.
 *
 * @throws {UserError} with every problem of the file, or every token that is missing
 */
export function readStack() {
  const stack = pulumi.getStack();
  const file = readSourceFile(stack, fileURLToPath(new URL("..", import.meta.url)));
  const values = pulumi.runtime.allConfig();
  const raw = { stack, values, secretKeys: readSecretKeys(process.env), ...(file && { file }) };
  const config = parseStack(raw, readEnvironment(process.env));
  return { config, access: readApiAccess(["supabase", "cloudflare"], (key) => values[key], process.env) };
}
