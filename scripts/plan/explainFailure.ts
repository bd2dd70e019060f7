import type { StackChanges } from "./stackChanges.ts";

/** Errors that say in words what a user can do; any other is a bug of ours, and brings its stack. */
const known = ["StackFileError", "PlanError", "DatabaseError", "CommandError", "ToolchainError"];

/** A plan that never came to a preview. */
export function explainFailure(stack: string, error: unknown): StackChanges {
  const { name, message, stack: trace } = error as Error;
  const isKnown = known.includes(name);
  // Where in our code is nothing for a pull request.
  if (!isKnown) console.error(trace ?? message);
  const text = isKnown ? message : `An error of the command itself, which its log shows in full: ${message}`;
  return {
    stack,
    verdict: "failed",
    exitCode: name === "StackFileError" ? 2 : 1,
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
