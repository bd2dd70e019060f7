import { spawn } from "node:child_process";

import { UserError } from "../../infra/errors.ts";

export interface PulumiRun {
  /** Arguments after `pulumi`. */
  args: string[];
  /** The checkout: the folder that holds Pulumi.yaml. */
  cwd: string;
  /** The whole environment, see `localEnvironment`. */
  env: NodeJS.ProcessEnv;
  /** `inherit` shows everything as it happens; `capture` returns it. */
  output: "inherit" | "capture";
  /** For the CLI's standard input, if the output is captured: the way for secrets, which arguments would show. */
  input?: string;
}

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

/** Runs the CLI to its end; an interrupt of this process reaches it too, since both are in the terminal's foreground group. */
export async function runPulumi({
  args,
  cwd,
  env,
  output,
  input,
}: PulumiRun): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn("pulumi", qualifyStack(args), {
    cwd,
    env,
    stdio: output === "inherit" ? "inherit" : [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  // A CLI that ends without reading its input has reported why.
  child.stdin?.on("error", () => undefined).end(input);
  const captured = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (captured.stdout += chunk));
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (captured.stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(new UserError("program-missing", `Expected the Pulumi CLI to start: ${error.message}`)),
    );
    child.once("close", (code) => resolve({ code: code ?? 1, ...captured }));
  });
}
