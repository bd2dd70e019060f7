import { type Command, InvalidArgumentError, Option } from "commander";

import { UserError } from "../../infra/errors.ts";
import { readStackName } from "../../local/toolchain/runPulumi.ts";
import { readSelectedStack } from "./selectedStack.ts";

/** Returns `--stack`, for every command that needs a stack. */
export function stackOption(): Option {
  return new Option(
    "-s, --stack <name>",
    "the stack, such as production or organization/stagesub/production; left out: PULUMI_STACK, or the one that `pulumi stack select` chose",
  ).argParser(requireName);
}

/** Refuses an empty name: an unset variable of a shell must not lead to the stack that happens to be selected. */
function requireName(reference: string): string {
  const name = readStackName(reference);
  if (name === "") throw new InvalidArgumentError("Expected the name of a stack, got an empty one.");
  return name;
}

/** Completes `--stack` of a command whose action is about to run. */
export function requireStack(_command: Command, action: Command): void {
  if (!action.options.some(({ long }) => long === "--stack") || action.opts<{ stack?: string }>().stack !== undefined)
    return;
  const stack = process.env["PULUMI_STACK"] || readSelectedStack();
  if (!stack)
    throw new UserError(
      "command-line",
      "Expected a stack, found none: neither --stack nor PULUMI_STACK names one, and none is selected. Name it with --stack, or run `pulumi stack select`.",
    );
  action.setOptionValue("stack", readStackName(stack));
}
