import { Option } from "commander";

import { readStackName } from "../../local/toolchain/runPulumi.ts";

/** Returns `--stack`, for every command. */
export function stackOption(): Option {
  return new Option("-s, --stack <name>", "the stack, such as production or organization/stagesub/production")
    .env("PULUMI_STACK")
    .argParser(readStackName)
    .makeOptionMandatory();
}

/** Returns `--json`, for every command that shows something. */
export function jsonOption(): Option {
  return new Option("--json", "as JSON on standard output, and nothing else there");
}
