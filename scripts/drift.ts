import { Command } from "commander";
import pc from "picocolors";

import { keyOf } from "../infra/plan/planOrchestras.ts";
import { type Checked, checkFleet } from "./drift/checkFleet.ts";
import { formatChecked } from "./drift/formatChecked.ts";
import { observeClouds } from "./fleet/observeClouds.ts";
import { openStack } from "./openStack.ts";
import { chooseOrchestras } from "./orchestra/chooseOrchestras.ts";
import { jsonOption, stackOption } from "./orchestra/stackOption.ts";

const program = new Command("npm run drift --")
  .description(
    "Looks at everything that the stack has provisioned and says what is not as declared: projects, DNS records, the rows in the main " +
      "database, and in each database ledger, schema, seeds, rights, roles and administrators. It changes nothing. Exit code 0 where " +
      "nothing differs, 7 where something does, 1 where something could not be reached, whatever else was found; 2 for a wrong command line or stack file.",
  )
  .argument("[ids...]", "which orchestras; all, and the pool, if left out")
  .addOption(stackOption())
  .addOption(jsonOption())
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async (ids: string[], { stack: name, json }: { stack: string; json?: true }) => {
    const stack = await openStack(name);
    const wanted = chooseOrchestras(program, stack.plan.orchestras, ids);
    console.error(`Looking at ${wanted.length} orchestras of ${name} …`);
    const all = wanted.length === stack.plan.orchestras.length;
    const keys = [...wanted.map(keyOf), ...(all ? stack.plan.pool.map(({ name }) => name) : [])];
    const checked = await checkFleet(stack, await observeClouds(stack, new Set(keys)), wanted);
    console.log(json ? JSON.stringify({ stack: name, checked }, null, 2) : formatChecked(checked, name));
    process.exitCode = exitCodeOf(checked);
  });

try {
  await program.parseAsync();
} catch (error) {
  // A mistake of the user's is a message; anything else is a bug of ours and keeps its stack.
  const known =
    error instanceof Error && ["StackFileError", "PlanError", "DatabaseError", "CommandError"].includes(error.name);
  console.error(pc.red(known ? error.message : ((error as Error).stack ?? String(error))));
  process.exitCode = error instanceof Error && error.name === "StackFileError" ? 2 : 1;
}

/** Whoever was not reached may differ as well, so that comes first. */
function exitCodeOf(checked: Checked[]): number {
  if (checked.some(({ unreachable }) => unreachable.length > 0)) return 1;
  return checked.some(({ drift }) => drift.length > 0) ? 7 : 0;
}
