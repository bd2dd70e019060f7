import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";

import { provision } from "./components/provision.ts";
import { readEnvironment, readSecretKeys } from "./config/environment.ts";
import { parseStack } from "./config/parseStack.ts";
import { StackFileError } from "./config/stackFileError.ts";
import { DatabaseError } from "./database/databaseError.ts";
import { PlanError } from "./plan/planError.ts";
import { planStack } from "./plan/planStack.ts";
import { readSources } from "./database/sources.ts";

const { config, plan } = readable(() => {
  const stack = pulumi.getStack();
  const path = fileURLToPath(new URL(`../stacks/Pulumi.${stack}.yaml`, import.meta.url));
  const environment = readEnvironment(process.env);
  const raw = {
    stack,
    values: pulumi.runtime.allConfig(),
    secretKeys: readSecretKeys(process.env),
    ...(existsSync(path) && { file: { path: `stacks/Pulumi.${stack}.yaml`, text: readFileSync(path, "utf8") } }),
  };
  const config = parseStack(raw, environment);
  return { config, plan: planStack(config, readSources(config.supabase.caFile)) };
});

export const { orchestras, pool, administrators, connections, migrators } = provision(plan, config.databaseUrl);

/** Turns what a user can act on into Pulumi's own kind of error, which is shown without a stack trace. */
function readable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const mistakes = [StackFileError, PlanError, DatabaseError];
    if (!mistakes.some((mistake) => error instanceof mistake)) throw error;
    const refusal = new pulumi.RunError((error as Error).message);
    // Pulumi has util.inspect colour the stack, though it does not show it. Node 20 loops there, over a line such as
    // "node_modules/@pulumi/resource.ts:1", until 3 GB of text are full: half a minute for each refusal.
    refusal.stack = "";
    throw refusal;
  }
}
