import * as pulumi from "@pulumi/pulumi";
import { containsUnknowns } from "@pulumi/pulumi/output.js";

// Every workaround for Pulumi's SDK, as of 3.276.0. test/local/sdk.test.ts, or the type check, fails for each one that a newer SDK no longer needs.
// Those that must come before the SDK is loaded are in sdkStart.cjs.

/**
 * Silences the SDK's debug messages. They hold each answer of the engine, secrets in clear, and reach `--json`, event logs and `--debug`.
 */
export function silenceDebugMessages(): void {
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
}

/**
 * Registers resources without stack traces. The SDK takes dozens of useless traces for each resource and maps them to its own sources: for
 * 200 orchestras, 8 of 9 seconds. The engine keeps one of each resource: a fifth of the state.
 */
export function withoutStackTraces<T>(register: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  Object.assign(pulumi.Resource, { stackTrace: () => [] });
  try {
    return register();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Returns an error that Pulumi shows as its message alone. The SDK has util.inspect colour the stack of every error, even of this kind,
 * whose stack is never shown. On a line such as "node_modules/@pulumi/resource.ts:1", Node 20 loops there for half a minute and 3 GB of
 * text.
 */
export function refusal(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = "";
  return error;
}

/**
 * Runs `apply` also where the value is unknown, with `undefined` for it: in a preview, and (with `PULUMI_CONTINUE_ON_ERROR`) where its
 * resource failed or was skipped.
 */
export function applyEvenIfUnknown<Value, Result>(
  value: pulumi.Output<Value>,
  work: (known: Value | undefined) => Result,
): pulumi.Output<Result> {
  // @ts-expect-error The types of the SDK hide the second parameter.
  return value.apply((known) => work(containsUnknowns(known) ? undefined : known), true);
}
