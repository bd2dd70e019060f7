import pLimit from "p-limit";

import type { OrderedStack } from "./orderStacks.ts";

/** The result of one stack's run. */
export interface StackRun {
  stack: string;
  /** `differs`: a preview has changes, or something is not as declared; `skipped`: a stack before it failed; `left`: the run was interrupted before it began. */
  outcome: "done" | "differs" | "failed" | "interrupted" | "skipped" | "left";
  /** Exit code of the stack's own command; left out where that did not run. */
  code?: number;
  seconds: number;
  /** The result in a few words. */
  summary: string;
  /** The whole result as text. */
  text?: string;
  /** The same as data: the JSON of the stack's command, or Pulumi's count of resources. */
  result?: unknown;
}

export interface RunOptions {
  /** The greatest number of stacks at work at once. */
  parallel: number;
  /** Once it aborts, no further stack begins. */
  signal: AbortSignal;
  run: (stack: string) => Promise<StackRun>;
  /** Called when a stack has ended, or will not begin. */
  onEnd: (run: StackRun) => void;
}

/** Runs stacks side by side. A stack that does not succeed stops those behind it, and no other. Results come in the given order. */
export async function runStacks(
  ordered: readonly OrderedStack[],
  { parallel, signal, run, onEnd }: RunOptions,
): Promise<StackRun[]> {
  const limit = pLimit(parallel);
  const runs = new Map<string, Promise<StackRun>>();
  const runOne = async ({ stack, behind }: OrderedStack): Promise<StackRun> => {
    const before = await Promise.all(behind.map((other) => runs.get(other)!));
    const stopped = before.filter(({ outcome }) => outcome !== "done").map((other) => other.stack);
    const idle = { stack, seconds: 0 };
    if (stopped.length > 0 && !signal.aborted)
      return { ...idle, outcome: "skipped", summary: `behind ${stopped.join(", ")}` };
    return limit(() =>
      signal.aborted ? { ...idle, outcome: "left" as const, summary: "interrupted before it began" } : run(stack),
    );
  };
  for (const place of ordered) {
    const running = runOne(place).then((result) => {
      onEnd(result);
      return result;
    });
    runs.set(place.stack, running);
  }
  return Promise.all(runs.values());
}

/**
 * Returns the exit code of a run over many stacks: 130 for an interrupted one; the code of the failed stacks, 1 if they have several; 7 if at
 * least one stack has changes or differences to report, else 0.
 */
export function exitCodeOf(runs: readonly StackRun[]): number {
  if (runs.some(({ outcome }) => outcome === "interrupted" || outcome === "left")) return 130;
  const codes = new Set(runs.filter(({ outcome }) => outcome === "failed").map(({ code }) => code || 1));
  if (codes.size > 0) return codes.size === 1 ? [...codes][0]! : 1;
  return runs.some(({ outcome }) => outcome === "differs") ? 7 : 0;
}
