import { spawn } from "node:child_process";

export interface PulumiRun {
  /** Arguments after `pulumi`. */
  args: string[];
  /** The checkout: the folder that holds Pulumi.yaml. */
  cwd: string;
  /** The whole environment, see `localEnvironment`. */
  env: NodeJS.ProcessEnv;
  /** `inherit` shows everything as it happens; `capture` returns it. */
  output: "inherit" | "capture";
}

/** Runs the CLI to its end; an interrupt of this process reaches it too, since both are in the terminal's foreground group. */
export async function runPulumi({
  args,
  cwd,
  env,
  output,
}: PulumiRun): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn("pulumi", args, {
    cwd,
    env,
    stdio: output === "inherit" ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  const captured = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (captured.stdout += chunk));
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (captured.stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, ...captured }));
  });
}
