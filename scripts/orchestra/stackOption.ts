import { Option } from "commander";

/** `--stack`, for every command. */
export function stackOption(): Option {
  return new Option("-s, --stack <name>", "the stack").env("PULUMI_STACK").makeOptionMandatory();
}

/** `--json`, for every command that shows something. */
export function jsonOption(): Option {
  return new Option("--json", "as JSON on standard output, and nothing else there");
}
