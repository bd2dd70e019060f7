import { isObject, textOf, type Value, type Values } from "../shared/propertyMap.ts";
import type { Attribute } from "../shared/resource.ts";

const duration: Attribute = {
  kind: "optional",
  type: "string",
  problem: (value) =>
    parseDuration(textOf(value)) === undefined
      ? `Invalid Attribute Value Time Duration. "${textOf(value)}" must be a string such as "300ms", "20m" or "2h45m".`
      : undefined,
};

/** Returns the block `timeouts` with the steps of a resource's official schema. */
export function timeouts(...steps: ("create" | "update")[]): Attribute {
  return {
    kind: "optional",
    type: "object",
    fields: Object.fromEntries(steps.map((step) => [step, duration])),
    problem: (value) => (isObject(value) ? incompleteProblem(value, steps) : undefined),
  };
}

/** Returns the milliseconds of `timeouts.create` or `timeouts.update`; five minutes if the program gives none. */
export function timeLimit(plan: Values, step: "create" | "update"): number {
  const text = isObject(plan.timeouts) ? textOf(plan.timeouts[step]) : "";
  return (text === "" ? undefined : parseDuration(text)) ?? 5 * 60_000;
}

/**
 * Refuses a block with a missing step. Bridge versions before v3.135 (its issue 3481) lose missing steps, and cannot read back the state
 * they wrote: the project exists, and each `up` fails again for ever.
 */
function incompleteProblem(value: { [key: string]: Value }, steps: string[]): string | undefined {
  const missing = steps.filter((step) => !(step in value));
  return missing.length === 0
    ? undefined
    : `timeouts must name ${steps.join(" and ")}, or be left out: ${missing.join(" and ")} is missing, and bridge versions before v3.135 then fail ` +
        'after the creation with "recovered raw state does not byte-for-byte match the original raw state", at every run.';
}

/** Returns a Go duration such as "20m", "1h30m" or "500ms" in milliseconds; undefined for other text. */
function parseDuration(text: string): number | undefined {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}
