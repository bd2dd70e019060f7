import { parseDocument } from "yaml";

import { UserError } from "../../infra/errors.ts";
import { readStackText } from "../stack/openStack.ts";

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
