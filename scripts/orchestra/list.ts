import { Command } from "commander";

import { formatFleet } from "../fleet/formatFleet.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { openStack } from "../stack/openStack.ts";
import { jsonOption, stackOption } from "../cli/stackOption.ts";

/** Returns `list`: shows every orchestra as declared, as registered and as observed. Differences do not make it fail. */
export function listCommand(): Command {
  return new Command("list")
    .description(
      "Lists the orchestras from the stack file, the main database and their own databases side by side; ≠ marks what differs. " +
        "Exit code 0 also with differences: `verify` judges.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(async ({ stack, json }: { stack: string; json?: true }) => {
      const fleet = await readFleet(await openStack(stack));
      console.log(json ? JSON.stringify(fleet, null, 2) : formatFleet(fleet));
    });
}
