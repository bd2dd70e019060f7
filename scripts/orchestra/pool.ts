import { errorPc } from "../cli/colours.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";
import { describePool, formatPool } from "../fleet/describePool.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { openStack } from "../stack/openStack.ts";

/** Returns `pool`: shows the databases that are used, free and retired. */
export default function poolCommand(): StackCommand {
  return new StackCommand("pool")
    .description(
      "Shows the pool: each database with its state, orchestra, size and connections; how many were claimed in each month; and " +
        "warnings, on standard error, when free ones run low or the next claim would fail.",
    )
    .withOutput()
    .action(async ({ stack: name, ...options }: StackOptions) => {
      const stack = await openStack(name);
      const report = describePool(stack, (await readFleet(stack, { orchestras: new Set(), pool: true })).pool);
      print(options, { stack: name, ...report }, (width) => formatPool(report, width));
      for (const warning of report.warnings) console.error(errorPc.yellow(warning));
    });
}
