import { type Difference, formatDrift } from "./fleet/difference.ts";
import { readFleet } from "./fleet/readFleet.ts";
import { openStack } from "./stack/openStack.ts";
import { chooseOrchestras } from "./cli/chooseOrchestras.ts";
import { print } from "./cli/output.ts";
import { StackCommand, type StackOptions } from "./cli/stackCommand.ts";

/** Returns `drift`. */
export default function driftCommand(): StackCommand {
  return new StackCommand("drift")
    .description(
      "Looks at everything that the stack has provisioned and says what is not as declared: projects with their TLS, networks and Data API, DNS " +
        "records, the rows and the ledger of the main database, and in each database ledger, schema, seeds, rights, roles and administrators. " +
        "It changes nothing. Exit code 0 where nothing differs, 7 where something does, 1 where something could not be reached, whatever else " +
        "was found; 2 for a wrong command line or stack file.",
    )
    .argument("[ids...]", "which orchestras; all, and the pool, if left out")
    .withOutput()
    .action(async (ids: string[], { stack: name, ...options }: StackOptions) => {
      const stack = await openStack(name);
      const wanted = chooseOrchestras(stack.plan.orchestras, ids);
      console.error(`Looking at ${wanted.length} orchestras of ${name} …`);
      const scope = ids.length === 0 ? undefined : { orchestras: new Set(wanted.map(({ id }) => id)) };
      const { orchestras, pool, shared } = await readFleet(stack, scope);
      // Pending migrations and databases that are not made yet are work for `up`, and rows of others are nobody's drift.
      const checked = [...orchestras, ...pool, ...shared].map(({ id, differences }) => ({
        id,
        differences: differences.filter(({ kind }) => kind === "drift" || kind === "unseen"),
      }));
      print(options, { stack: name, checked }, () => formatDrift(checked, name));
      // An unreached part comes first, since it may differ as well.
      const has = (wanted: Difference["kind"]) =>
        checked.some(({ differences }) => differences.some(({ kind }) => kind === wanted));
      process.exitCode = has("unseen") ? 1 : has("drift") ? 7 : 0;
    });
}
