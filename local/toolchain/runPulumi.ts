import { UserError } from "../../infra/errors.ts";
import { type ProgramOptions, type ProgramResult, runProgram } from "../../infra/util/runProgram.ts";

const qualified = new Map<string, string>();

/**
 * Returns the stack's own name of `stack`, `project/stack` or `organization/project/stack`: its file and its resources bear that name. From
 * then on, `pulumi --stack <name>` is run with the whole reference.
 */
export function readStackName(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  qualified.set(name, reference);
  return name;
}

/** Returns arguments with the whole reference of the stack behind `--stack`. */
export function qualifyStack(args: readonly string[]): string[] {
  return args.map((arg, index) => (args[index - 1] === "--stack" ? (qualified.get(arg) ?? arg) : arg));
}

/**
 * Runs `pulumi` in the folder that holds Pulumi.yaml. An interrupt of this process reaches the CLI too, since both are in the terminal's
 * foreground group.
 */
export async function runPulumi(
  args: string[],
  options: ProgramOptions & { cwd: string },
): Promise<ProgramResult & { code: number }> {
  const result = await runProgram("pulumi", qualifyStack(args), options);
  if (result.startError)
    throw new UserError("program-missing", `Expected the Pulumi CLI to start: ${result.startError.message}`);
  return { ...result, code: result.code ?? 1 };
}

/** Pulumi's exit code for a stack that its backend does not hold. */
const stackNotFound = 6;

/** Returns the standard output of `pulumi`. @throws {UserError} program-failed, with the CLI's own words */
export async function readPulumi(args: string[], options: ProgramOptions & { cwd: string }): Promise<string> {
  const { code, stdout, stderr } = await runPulumi(args, options);
  if (code === 0) return stdout;
  const stack = args[args.indexOf("--stack") + 1];
  if (code === stackNotFound)
    throw new UserError(
      "stack-unknown",
      `Expected the stack ${stack} in Pulumi's backend, found none. Make it: pulumi stack init ${stack}`,
    );
  throw new UserError("program-failed", `\`pulumi ${args.join(" ")}\` failed: ${stderr.trim()}`);
}
