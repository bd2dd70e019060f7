import type * as pulumi from "@pulumi/pulumi";
import { containsUnknowns } from "@pulumi/pulumi/output.js";

/**
 * Runs `apply` also where the value is unknown, with `undefined` for it: in a preview, and (with `PULUMI_CONTINUE_ON_ERROR`) where its
 * resource failed or was skipped.
 */
export function evenUnknown<Value, Result>(
  value: pulumi.Output<Value>,
  work: (known: Value | undefined) => Result,
): pulumi.Output<Result> {
  const apply = value.apply.bind(value) as unknown as (
    work: (known: Value) => Result,
    alsoUnknown: true,
  ) => pulumi.Output<Result>;
  return apply((known) => work(containsUnknowns(known) ? undefined : known), true);
}
