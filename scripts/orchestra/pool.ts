import { Command } from "commander";
import pLimit from "p-limit";
import pc from "picocolors";

import { retiredKeys } from "../../infra/plan/projectKeys.ts";
import { atOnce, readDatabase } from "../fleet/readDatabase.ts";
import { openStack } from "../stack/openStack.ts";
import { describePool } from "../fleet/pool/describePool.ts";
import { formatPool } from "../fleet/pool/formatPool.ts";
import { jsonOption, stackOption } from "../cli/stackOption.ts";

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
  const limit = pLimit(atOnce);
  const retired = retiredKeys(stack.plan);
  const read = async (key: string) =>
    [
      key,
      retired.has(key) ? { kind: "retired" as const } : await readDatabase(key, stack.name, stack.migrators[key]),
    ] as const;
  const readings = await Promise.all(stack.plan.pool.map(({ name }) => limit(read, name)));
  const report = describePool(stack, new Map(readings));
  console.log(json ? JSON.stringify({ stack: stack.name, ...report }, null, 2) : formatPool(report));
  for (const warning of report.warnings) console.error(pc.yellow(warning));
}
