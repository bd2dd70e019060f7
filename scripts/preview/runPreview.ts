import path from "node:path";

import { checkout } from "../../infra/util/checkout.ts";
import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { addEvent, emptyDigest, type EngineEvent, type PreviewDigest } from "./read/previewDigest.ts";
import type { WaitFor } from "../cli/withProgress.ts";

/**
 * Runs the real `pulumi preview`, with the policy pack, and digests its events as they come. No value of the state is kept.
 *
 * @param planFile the file for Pulumi's update plan; without it none is written
 * @param signal interrupts Pulumi, which releases its lock
 * @returns also Pulumi's exit code and standard error
 */
export async function runPreview(
  stack: string,
  env: NodeJS.ProcessEnv,
  { planFile, signal, waitFor }: { planFile: string | undefined; signal: AbortSignal; waitFor: WaitFor },
): Promise<{ digest: PreviewDigest; code: number; stderr: string }> {
  const args = [
    "preview",
    "--json",
    "--non-interactive",
    "--stack",
    stack,
    "--policy-pack",
    path.join(checkout, "policy"),
  ];
  if (planFile !== undefined) args.push("--save-plan", planFile);
  // Without it `--json` is one document, at the end, without policy violations and unchanged resources.
  const streaming = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  const digest = emptyDigest();
  const other: string[] = [];
  const onLine = (line: string, stream: "stdout" | "stderr") => {
    const event = stream === "stdout" ? parseEvent(line) : undefined;
    if (event === undefined) return void (stream === "stdout" && other.push(line));
    addEvent(digest, event);
    reportEvent(waitFor, event, digest);
  };
  waitFor("Pulumi starts");
  const { code, stderr } = await runPulumi(args, {
    cwd: checkout,
    env: { ...env, ...streaming },
    onLine,
    streamed: true,
    interruption: signal,
    // A terminal has sent Ctrl-C to Pulumi too; a second one would end it before it tidies up.
    chooseSignal: (reason) => (reason === "SIGINT" && process.stdin.isTTY ? undefined : (reason as NodeJS.Signals)),
  });
  return { digest, code, stderr: [stderr, ...other].join("\n").trim() };
}

/** Says what a preview waits for after an event. The first step is the stack itself, registered when the program starts. */
function reportEvent(waitFor: WaitFor, event: EngineEvent, { steps }: PreviewDigest): void {
  if (event.policyLoadEvent) return waitFor("the policy pack loads");
  if (event.preludeEvent) return waitFor("the program starts");
  if (!event.resourcePreEvent) return;
  if (steps.length === 1) return waitFor("the program reads both clouds and the main database");
  const changing = steps.filter(({ op }) => op !== "same").length;
  waitFor("resources are compared", `${steps.length} so far, ${changing} with changes`);
}

function parseEvent(line: string): EngineEvent | undefined {
  try {
    return line.startsWith("{") ? (JSON.parse(line) as EngineEvent) : undefined;
  } catch {
    return undefined;
  }
}
