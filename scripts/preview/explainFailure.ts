import { UserError } from "../../infra/errors.ts";
import { reportError } from "../cli/reportError.ts";
import type { StackChanges } from "./read/stackChanges.ts";

/** Returns the report of a plan that failed before its preview. */
export function explainFailure(stack: string, error: unknown): StackChanges {
  const isExpected = error instanceof UserError;
  // The log gets the stack trace; a pull request does not.
  if (!isExpected) reportError(error);
  const refusal = isExpected
    ? { text: error.message, alsoFor: [], code: error.code }
    : { text: `A bug of this command, which its log shows in full: ${(error as Error).message}`, alsoFor: [] };
  return {
    stack,
    verdict: "failed",
    exitCode: isExpected && error.exitCode === 2 ? 2 : 1,
    refusals: [refusal],
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
