import path from "node:path";

import { StackCommand } from "./cli/stackCommand.ts";
import { runUp } from "./stack/runUp.ts";
import { requireCurrentPlan } from "./stack/savedPlan.ts";

/** Returns `up`. */
export default function upCommand(): StackCommand {
  return new StackCommand("up")
    .description(
      "Applies exactly the plan that `plan --save` wrote, without a question: runs `pulumi up` with that plan, which fails before any other " +
        "change. Refuses a plan of another stack, and one that is older than the stack file or the state. After a run that was interrupted " +
        "or failed, make another plan. Exit codes as `pulumi up`.",
    )
    .requiredOption("--plan <file>", "the saved plan")
    .action(async ({ stack, plan }: { stack: string; plan: string }) => {
      const file = path.resolve(plan);
      await requireCurrentPlan(file, stack);
      process.exitCode = (await runUp(stack, file)).code;
    });
}
