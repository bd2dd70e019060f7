import { Command } from "commander";
import pc from "picocolors";

import { openStack } from "../openStack.ts";
import { describePool, type Usage } from "../pool/describePool.ts";
import { formatPool } from "../pool/formatPool.ts";
import { readUsage } from "../pool/readUsage.ts";
import { inParallel } from "../verify/verifyAll.ts";
import { jsonOption, stackOption } from "./stackOption.ts";

/** `pool`: what is used, free and retired, by whom, how large, and how fast it goes. */
export function poolCommand(): Command {
  return new Command("pool")
    .description(
      "Shows the pool: each database with its state, orchestra, size and connections; how many were claimed in each month; and " +
        "warnings, on standard error, when spares run low or the next claim would fail.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(showPool);
}

async function showPool({ stack: name, json }: { stack: string; json?: true }): Promise<void> {
  const stack = await openStack(name);
  const usages = new Map<string, Usage>();
  await inParallel(stack.plan.pool, 10, async ({ name }) => {
    const connection = stack.migrators[name];
    if (connection) usages.set(name, await readUsage(name, connection));
  });
  const report = describePool(stack, usages);
  console.log(json ? JSON.stringify({ stack: stack.name, ...report }, null, 2) : formatPool(report));
  for (const warning of report.warnings) console.error(pc.yellow(warning));
}
