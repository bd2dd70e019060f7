import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import { Command, InvalidArgumentError, Option } from "commander";

import { UserError } from "../../infra/errors.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { readStackName } from "../../local/toolchain/runPulumi.ts";
import { jsonOption, outputOption, type OutputOptions } from "./output.ts";

/** The options of a {@link StackCommand}, as far as it has them. */
export interface StackOptions extends OutputOptions {
  stack: string;
  dryRun?: true | undefined;
}

/** A command about one stack, which `--stack` names. */
export class StackCommand extends Command {
  constructor(name: string) {
    super(name);
    this.addOption(
      new Option(
        "-s, --stack <name>",
        "the stack, such as production or organization/stagesub/production; left out: PULUMI_STACK, or the one that `pulumi stack select` chose",
      ).argParser(requireName),
    );
  }

  /** Adds `--output` and `--json`, for a command that prints a table or a list. */
  withOutput(): this {
    return this.addOption(outputOption()).addOption(jsonOption());
  }

  /** Adds `--json`. */
  withJson(): this {
    return this.addOption(jsonOption());
  }

  /** Adds `--dry-run`, for a command that changes the stack file. */
  withDryRun(): this {
    return this.option("--dry-run", "show the change and write nothing");
  }
}

/** Refuses an empty name: an unset variable of a shell must not lead to the stack that happens to be selected. */
function requireName(reference: string): string {
  const name = readStackName(reference);
  if (name === "") throw new InvalidArgumentError("Expected the name of a stack, got an empty one.");
  return name;
}

/** Completes `--stack` of a command whose action is about to run. */
export function requireStack(_command: Command, action: Command): void {
  if (!(action instanceof StackCommand) || action.opts<{ stack?: string }>().stack !== undefined) return;
  const stack = process.env["PULUMI_STACK"] || readSelectedStack();
  if (!stack)
    throw new UserError(
      "command-line",
      "Expected a stack, found none: neither --stack nor PULUMI_STACK names one, and none is selected. Name it with --stack, or run `pulumi stack select`.",
    );
  action.setOptionValue("stack", readStackName(stack));
}

/**
 * Reads the stack that `pulumi stack select` chose in this checkout, as Pulumi does (pkg/workspace/workspace.go, settings.go): selections
 * are kept per backend, and once for all backends by a CLI before 3.276.
 */
function readSelectedStack(): string | undefined {
  const home = process.env["PULUMI_HOME"] || path.join(homedir(), ".pulumi");
  const read = (file: string): { current?: string; stack?: string; stacks?: Record<string, string> } => {
    try {
      return JSON.parse(readFileSync(path.join(home, file), "utf8")) as object;
    } catch {
      return {};
    }
  };
  const project = createHash("sha1").update(path.join(checkout, "Pulumi.yaml")).digest("hex");
  const { stack, stacks } = read(`workspaces/stagesub-${project}-workspace.json`);
  const backend = process.env["PULUMI_BACKEND_URL"] || read("credentials.json").current;
  return (stacks && backend !== undefined ? stacks[backend] : undefined) ?? (stack || undefined);
}
