import { Command } from "commander";

import { formatFleet } from "../fleet/formatFleet.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { openStack } from "../stack/openStack.ts";
import { jsonOption, type OutputOptions, outputOption, print } from "../cli/output.ts";
import { stackOption } from "../cli/stackOption.ts";

/** Returns `list`: shows every orchestra as declared, as registered and as observed. Differences do not make it fail. */
export function listCommand(): Command {
  return new Command("list")
    .description(
      "Lists the orchestras from the stack file, the main database and their own databases side by side; ≠ marks what differs. " +
        "Exit code 0 also with differences: `verify` judges.",
    )
    .addOption(stackOption())
    .addOption(outputOption())
    .addOption(jsonOption())
    .action(async ({ stack, ...options }: { stack: string } & OutputOptions) => {
      const fleet = await readFleet(await openStack(stack));
      print(options, fleet, (width) => formatFleet(fleet, width));
    });
}
