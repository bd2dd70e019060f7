import { UserError } from "../../infra/errors.ts";
import type { StackChanges } from "./stackChanges.ts";

/** A plan that never came to a preview. */
export function explainFailure(stack: string, error: unknown): StackChanges {
  const { message, stack: trace } = error as Error;
  const isKnown = error instanceof UserError;
  // Where in our code is nothing for a pull request.
  if (!isKnown) console.error(trace ?? message);
  const text = isKnown ? message : `An error of the command itself, which its log shows in full: ${message}`;
  return {
    stack,
    verdict: "failed",
    exitCode: isKnown && error.exitCode === 2 ? 2 : 1,
    refusals: [{ text, alsoFor: [] }],
    warnings: [],
    notes: [],
    violations: [],
    orchestras: [],
    declared: 0,
    migrations: [],
    mainDatabase: { made: false, migrations: [] },
    dns: [],
    rotations: [],
    texts: [],
    repairs: [],
    other: [],
    counts: {},
  };
}
