import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

import { qualifyStack } from "../../local/toolchain/runPulumi.ts";
import { addEvent, emptyDigest, type EngineEvent, type PreviewDigest } from "./read/previewDigest.ts";

export interface PreviewRun {
  digest: PreviewDigest;
  /** Pulumi's exit code. */
  code: number;
  /** Pulumi's standard error. */
  stderr: string;
}

export interface PreviewOptions {
  stack: string;
  /** The folder of Pulumi.yaml. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Interrupts Pulumi, which releases its lock. */
  signal: AbortSignal;
  /** Called with the number of resources so far, and how many of them change. */
  onProgress: (seen: number, changing: number) => void;
}

/** Runs the real `pulumi preview`, with the policy pack, and digests its events as they come. No value of the state is kept. */
export async function runPreview({ stack, cwd, env, signal, onProgress }: PreviewOptions): Promise<PreviewRun> {
  const args = ["preview", "--json", "--non-interactive", "--stack", stack, "--policy-pack", path.join(cwd, "policy")];
  // Without it `--json` is one document, at the end, without policy violations and unchanged resources.
  const streaming = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  const child = spawn("pulumi", qualifyStack(args), {
    cwd,
    env: { ...env, ...streaming },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run: PreviewRun = { digest: emptyDigest(), code: 1, stderr: "" };
  const other: string[] = [];
  // A terminal has sent Ctrl-C to Pulumi too; a second one would end it before it tidies up.
  const interrupt = () =>
    void ((signal.reason !== "SIGINT" || !process.stdin.isTTY) && child.kill(signal.reason as NodeJS.Signals));
  signal.addEventListener("abort", interrupt);
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (run.stderr += chunk));
  const lines = createInterface(child.stdout).on("line", (line) => {
    const event = parseEvent(line);
    if (event === undefined) other.push(line);
    else addEvent(run.digest, event);
    const { steps } = run.digest;
    if (event?.resourcePreEvent) onProgress(steps.length, steps.filter(({ op }) => op !== "same").length);
  });
  try {
    const read = new Promise((resolve) => lines.once("close", resolve));
    run.code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject).once("close", (code) => resolve(code ?? 1));
    });
    await read;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
  run.stderr = [run.stderr, ...other].join("\n").trim();
  return run;
}

function parseEvent(line: string): EngineEvent | undefined {
  try {
    return line.startsWith("{") ? (JSON.parse(line) as EngineEvent) : undefined;
  } catch {
    return undefined;
  }
}
