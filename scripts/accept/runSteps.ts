import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { errorPc } from "../cli/colours.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { awaitInterruption } from "../cli/interruption.ts";
import { withProgress } from "../cli/withProgress.ts";
import { UserError } from "../../infra/errors.ts";
import { type Accounts, takeAway } from "./accounts.ts";
import type { Recording } from "./recorder.ts";
import { steps } from "./steps.ts";
import { clearWorkplace, openWorkplace, type Workplace } from "./workplace.ts";

export interface StepResult {
  name: string;
  ok: boolean;
  seconds: number;
  reason?: string;
}

export interface Run {
  /** The steps that were begun: the last one may have failed. */
  steps: StepResult[];
  recording: Recording;
  interrupted: boolean;
  /** Says what could not be taken away, and why. */
  left: string | undefined;
  /** The commands' output, without secrets. */
  log: string;
}

/** Runs the steps until one fails or Ctrl-C, then takes away whatever is left. Never throws for a failed step. */
export async function runSteps(accounts: Accounts): Promise<Run> {
  const log = path.join(checkout, ".accept", `${accounts.of}.log`);
  await mkdir(path.dirname(log), { recursive: true, mode: 0o700 });
  await writeFile(log, "", { mode: 0o600 });
  const interruption = awaitInterruption();
  const results: StepResult[] = [];
  let place: Workplace | undefined;
  return withProgress("Acceptance run", "prepare", async (waitFor, say) => {
    interruption.addEventListener("abort", () =>
      say(
        "Interrupted: what runs is ended, then everything that was made is taken away. " +
          `Once more leaves it; then: ./stagesub accept --stack ${accounts.of} --clean`,
      ),
    );
    let current = "prepare";
    const onLine = (line: string) => void (line.trim() !== "" && waitFor(current, line.trim()));
    const attempt = async (name: string, work: () => Promise<void>) => {
      const begun = Date.now();
      current = name;
      waitFor(name);
      const reason = await work().then(
        () => (interruption.aborted ? "Interrupted." : undefined),
        (error: Error) => (error instanceof UserError ? error.text : (error.stack ?? error.message)),
      );
      const seconds = Math.round((Date.now() - begun) / 100) / 10;
      results.push({ name, ok: reason === undefined, seconds, ...(reason !== undefined && { reason }) });
      const done = `${name} (${seconds} s)`;
      say(reason === undefined ? `${errorPc.green("✓")} ${done}` : errorPc.red(`✗ ${done}\n${reason}`));
      return reason === undefined;
    };

    let isWhole = await attempt("prepare", async () => {
      place = await openWorkplace(accounts, { log, signal: interruption, onLine });
    });
    for (const step of isWhole ? steps : []) if (isWhole) isWhole = await attempt(step.name, () => step.run(place!));
    await place?.close();
    waitFor("what is left is taken away");
    const left = await takeAway(accounts, { say, isCutOff: !isWhole }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    await clearWorkplace(accounts);
    return { steps: results, recording: place?.recording ?? {}, interrupted: interruption.aborted, left, log };
  });
}
