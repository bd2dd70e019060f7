import path from "node:path";

import { runPulumi } from "../../local/toolchain/runPulumi.ts";
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
  const digest = emptyDigest();
  const other: string[] = [];
  const onLine = (line: string, stream: "stdout" | "stderr") => {
    const event = stream === "stdout" ? parseEvent(line) : undefined;
    if (event === undefined) return void (stream === "stdout" && other.push(line));
    addEvent(digest, event);
    const { steps } = digest;
    if (event.resourcePreEvent) onProgress(steps.length, steps.filter(({ op }) => op !== "same").length);
  };
  const { code, stderr } = await runPulumi(args, {
    cwd,
    env: { ...env, ...streaming },
    onLine,
    streamed: true,
    interruption: signal,
    // A terminal has sent Ctrl-C to Pulumi too; a second one would end it before it tidies up.
    chooseSignal: (reason) => (reason === "SIGINT" && process.stdin.isTTY ? undefined : (reason as NodeJS.Signals)),
  });
  return { digest, code, stderr: [stderr, ...other].join("\n").trim() };
}

function parseEvent(line: string): EngineEvent | undefined {
  try {
    return line.startsWith("{") ? (JSON.parse(line) as EngineEvent) : undefined;
  } catch {
    return undefined;
  }
}
