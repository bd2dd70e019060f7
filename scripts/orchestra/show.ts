import { nearestMatch } from "../../infra/config/nearestMatch.ts";
import { formatOrchestra } from "../fleet/formatFleet.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { openStack } from "../stack/openStack.ts";
import { UserError } from "../../infra/errors.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

/** Returns `show <id>`: shows one orchestra with everything that the three sources hold of it. */
export default function showCommand(): StackCommand {
  return new StackCommand("show")
    .description(
      "Shows one orchestra: the stack file, the main database and its own database side by side; ≠ marks what differs. " +
        "Exit code 0 also with differences, 1 where there is no such orchestra.",
    )
    .argument("<id>", "its id; or the subdomain of a row that no stack declares")
    .withOutput()
    .action(async (id: string, { stack, ...options }: StackOptions) => {
      const opened = await openStack(stack);
      const fleet = await readFleet(opened, { orchestras: new Set([id]) });
      const [orchestra] = fleet.orchestras;
      const registry = fleet.shared[0]!.differences.find(({ kind }) => kind === "unseen");
      if (orchestra === undefined && registry !== undefined)
        throw new UserError(
          "connection-failed",
          `The stack file has no ${id}, and the main database cannot be read: ${registry.text}`,
        );
      if (orchestra === undefined)
        throw new UserError("orchestra-unknown", explainUnknown(id, stack, Object.keys(opened.config.orchestras)));
      print(options, orchestra, (width) => formatOrchestra(orchestra, fleet, width));
    });
}

function explainUnknown(id: string, stack: string, ids: string[]): string {
  const near = nearestMatch(id, ids);
  const remedy = near === undefined ? `./stagesub list -s ${stack} shows them all.` : `Was ${near} meant?`;
  return `Expected an orchestra of stack ${stack}, got "${id}", which is in neither its file nor the main database. ${remedy}`;
}
