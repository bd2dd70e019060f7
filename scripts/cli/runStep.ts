import path from "node:path";

import { checkout } from "../../infra/util/checkout.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { qualifyStack } from "../../local/toolchain/runPulumi.ts";
import { awaitInterruption } from "./interruption.ts";

export interface StepRun {
  /** 130 if a signal ended the step, or came to this process meanwhile. */
  code: number;
  /** Empty if the output was shown as it came. */
  stdout: string;
}

export interface StepOptions {
  /** `capture` returns the step's standard output, `inherit` shows it. Standard error is always shown as it comes. */
  output: "capture" | "inherit";
  /** On top of this process's environment. */
  env?: NodeJS.ProcessEnv;
}

/** Runs `./stagesub …`. */
export function runStagesub(args: string[], options: StepOptions): Promise<StepRun> {
  return runStep(path.join(checkout, "stagesub"), args, options);
}

/**
 * Runs a program in the checkout to its end. This process outlives Ctrl-C until it has ended: a terminal sends SIGINT to both. SIGTERM
 * comes to this one alone, so it is handed on.
 */
export async function runStep(command: string, args: string[], { output, env }: StepOptions): Promise<StepRun> {
  const interruption = awaitInterruption();
  const { code, startError, stdout } = await runProgram(command, qualifyStack(args), {
    cwd: checkout,
    env: { ...process.env, ...env },
    show: output === "capture" ? "errors" : "output",
    interruption,
    chooseSignal: (reason) => (reason === "SIGTERM" ? "SIGTERM" : undefined),
  });
  if (startError) throw startError;
  return { code: interruption.aborted ? 130 : (code ?? 130), stdout };
}
