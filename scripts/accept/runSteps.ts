import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { errorPc } from "../cli/colours.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { awaitInterruption } from "../cli/interruption.ts";
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
export async function runSteps(accounts: Accounts, say: (text: string) => void): Promise<Run> {
  const log = path.join(checkout, ".accept", `${accounts.of}.log`);
  await mkdir(path.dirname(log), { recursive: true, mode: 0o700 });
  await writeFile(log, "", { mode: 0o600 });
  const interruption = awaitInterruption();
  interruption.addEventListener("abort", () =>
    say(
      "Interrupted: what runs is ended, then everything that was made is taken away. " +
        `Once more leaves it; then: ./stagesub accept --stack ${accounts.of} --clean`,
    ),
  );
  const progress = showProgress();
  const results: StepResult[] = [];
  let place: Workplace | undefined;
  const attempt = async (name: string, work: () => Promise<void>) => {
    const begun = Date.now();
    progress.begin(name);
    const reason = await work().then(
      () => (interruption.aborted ? "Interrupted." : undefined),
      (error: Error) => (error instanceof UserError ? error.text : (error.stack ?? error.message)),
    );
    progress.end();
    const seconds = Math.round((Date.now() - begun) / 100) / 10;
    results.push({ name, ok: reason === undefined, seconds, ...(reason !== undefined && { reason }) });
    say(
      reason === undefined
        ? `${errorPc.green("✓")} ${name} (${seconds} s)`
        : errorPc.red(`✗ ${name} (${seconds} s)\n${reason}`),
    );
    return reason === undefined;
  };

  let isWhole = await attempt("prepare", async () => {
    place = await openWorkplace(accounts, { log, signal: interruption, onLine: progress.line });
  });
  for (const step of isWhole ? steps : []) if (isWhole) isWhole = await attempt(step.name, () => step.run(place!));
  await place?.close();
  const left = await takeAway(accounts, { say, isCutOff: !isWhole }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  await clearWorkplace(accounts);
  return { steps: results, recording: place?.recording ?? {}, interrupted: interruption.aborted, left, log };
}

/** Shows the last line that a command printed: on a terminal at once, elsewhere each half minute. */
function showProgress() {
  const { stderr } = process;
  let current = { name: "", begun: 0, shown: 0 };
  return {
    begin: (name: string) => (current = { name, begun: Date.now(), shown: Date.now() }),
    line: (text: string) => {
      const now = Date.now();
      if (text.trim() === "" || now - current.shown < (stderr.isTTY ? 100 : 30_000)) return;
      current.shown = now;
      const line = `  ${current.name}, ${Math.round((now - current.begun) / 1_000)} s: ${text.trim()}`;
      stderr.write(stderr.isTTY ? `\r\u001b[K${line.slice(0, (stderr.columns ?? 80) - 1)}` : `${line}\n`);
    },
    end: () => void (stderr.isTTY && stderr.write("\r\u001b[K")),
  };
}
