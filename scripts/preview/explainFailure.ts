import { UserError } from "../../infra/errors.ts";
import { reportError } from "../cli/reportError.ts";
import type { StackChanges } from "./stackChanges.ts";

/** Returns the report of a plan that failed before its preview. */
export function explainFailure(stack: string, error: unknown): StackChanges {
  const isKnown = error instanceof UserError;
  // A stack trace is nothing for a pull request.
  if (!isKnown) reportError(error);
  const text = isKnown
    ? error.message
    : `An error of the command itself, which its log shows in full: ${(error as Error).message}`;
  return {
    stack,
    verdict: "failed",
    exitCode: isKnown && error.exitCode === 2 ? 2 : 1,
    refusals: [{ text, alsoFor: [], ...(isKnown && { code: error.code }) }],
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
