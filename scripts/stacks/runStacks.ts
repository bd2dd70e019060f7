import pLimit from "p-limit";
import { parseDocument } from "yaml";

import { UserError } from "../../infra/errors.ts";
import { readStackText } from "../stack/openStack.ts";

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

/** A stack, and the stacks of the same run that must succeed before it begins. */
export interface OrderedStack {
  stack: string;
  behind: string[];
}

/**
 * Orders stacks: canaries first, and each stack behind the one that has to prove its migrations. Pure.
 *
 * @param gateOf returns the stack that another one names under `stagesub:rollout.staging`
 * @throws {UserError} where stacks wait for each other
 */
export function orderStacks(
  stacks: readonly string[],
  canaries: readonly string[],
  gateOf: (stack: string) => string | undefined,
): OrderedStack[] {
  const unknown = canaries.filter((canary) => !stacks.includes(canary));
  if (unknown.length > 0)
    throw new UserError(
      "command-line",
      `Expected canaries among the chosen stacks, got ${unknown.join(", ")}. Chosen are: ${stacks.join(", ")}.`,
    );
  const left = new Map(
    stacks.map((stack) => {
      const gate = gateOf(stack);
      const before = [...(canaries.includes(stack) ? [] : canaries), ...(gate === undefined ? [] : [gate])];
      return [stack, stacks.filter((other) => before.includes(other))];
    }),
  );
  const ordered: OrderedStack[] = [];
  while (left.size > 0) {
    const ready = [...left].filter(([, behind]) => !behind.some((stack) => left.has(stack)));
    if (ready.length === 0)
      throw new UserError(
        "command-line",
        `Expected an order of the stacks, found some that wait for each other, by --canary or by stagesub:rollout.staging: ${[...left.keys()].join(", ")}.`,
      );
    for (const [stack, behind] of ready) {
      ordered.push({ stack, behind });
      left.delete(stack);
    }
  }
  return ordered;
}

/** Reads the stack that proves the migrations of another one. A file with mistakes has none: its own run reports them. */
export function readGate(stack: string): string | undefined {
  const name: unknown = parseDocument(readStackText(stack)).getIn(["config", "stagesub:rollout", "staging", "stack"]);
  return typeof name === "string" ? name.slice(name.lastIndexOf("/") + 1) : undefined;
}
