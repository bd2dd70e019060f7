import { Command } from "commander";
import pc from "picocolors";

import { jsonOption, stackOption } from "../cli/stackOption.ts";
import { describePool, formatPool } from "../fleet/describePool.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { openStack } from "../stack/openStack.ts";

/** Returns `pool`: shows the databases that are used, free and retired. */
export function poolCommand(): Command {
  return new Command("pool")
    .description(
      "Shows the pool: each database with its state, orchestra, size and connections; how many were claimed in each month; and " +
        "warnings, on standard error, when spares run low or the next claim would fail.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(async ({ stack: name, json }: { stack: string; json?: true }) => {
      const stack = await openStack(name);
      const report = describePool(stack, (await readFleet(stack, { orchestras: new Set(), pool: true })).pool);
      console.log(json ? JSON.stringify({ stack: name, ...report }, null, 2) : formatPool(report));
      for (const warning of report.warnings) console.error(pc.yellow(warning));
    });
}
