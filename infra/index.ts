import * as pulumi from "@pulumi/pulumi";

import { provision } from "./components/provision.ts";
import { readSources } from "./database/sources.ts";
import { UserError } from "./errors.ts";
import { formatNotice } from "./plan/notice.ts";
import { planStack } from "./plan/planStack.ts";
import { preflight } from "./preflight/preflight.ts";
import { readStack } from "./readStack.ts";
import { refusal, silenceDebugMessages, withoutStackTraces } from "./sdk.ts";

silenceDebugMessages();

const { plan, databaseUrl, existing, warnings, notes, danger } = await readable(async () => {
  const { config, access } = readStack();
  const sources = readSources(config.supabase.caFile);
  const plan = planStack(config, sources);
  return { plan, databaseUrl: config.databaseUrl, ...(await preflight({ config, plan, sources, access })) };
});
for (const warning of warnings) void pulumi.log.warn(formatNotice(warning));
for (const note of notes) void pulumi.log.info(formatNotice(note));

export const { orchestras, pool, administrators, connections, migrators, verified } = withoutStackTraces(() =>
  provision(plan, databaseUrl, existing),
);

if (danger !== undefined) {
  void pulumi.log.error(new UserError("dangerous-sql", danger).text);
  // Tells the language host that the program failed and has said why. The engine first takes in everything that is registered.
  process.exitCode = 32;
}

/** Turns a user's mistake into Pulumi's own kind of error, which is shown without a stack trace. A bug of the program keeps its trace. */
async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message, stack } = error as Error;
    throw refusal(error instanceof UserError ? error.text : (stack ?? message));
  }
}
