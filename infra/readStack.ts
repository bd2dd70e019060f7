import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";

import { readApiAccess } from "./cloud/apiAccess.ts";
import { readEnvironment, readSecretKeys } from "./config/environment.ts";
import { parseStack } from "./config/parseStack.ts";

/**
 * Reads the stack's configuration, its file and the environment.
 *
 * @throws {UserError} with every problem of the file, or every token that is missing
 */
export function readStack() {
  const stack = pulumi.getStack();
  const file = `stacks/Pulumi.${stack}.yaml`;
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const values = pulumi.runtime.allConfig();
  const raw = {
    stack,
    values,
    secretKeys: readSecretKeys(process.env),
    ...(existsSync(path) && { file: { path: file, text: readFileSync(path, "utf8") } }),
  };
  const config = parseStack(raw, readEnvironment(process.env));
  return { config, access: readApiAccess(values, process.env) };
}
