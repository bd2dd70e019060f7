import * as pulumi from "@pulumi/pulumi";

import { count, listNames } from "../util/text.ts";
import { keyOf } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import { applyEvenIfUnknown } from "../sdk.ts";
import type { TenantDatabase } from "./tenantDatabase.ts";

/** Reports, once all databases have finished, which of them a failure kept from their turn. */
export async function reportHaltedRollout(plan: Plan, databases: Record<string, TenantDatabase>): Promise<void> {
  if (pulumi.runtime.isDryRun()) return;
  const done = new Set<string>();
  const settled = Object.entries(databases).map(
    ([key, { contents }]) =>
      new Promise<void>((resolve) => {
        applyEvenIfUnknown(contents.state, (state) => {
          if (state) done.add(key);
          resolve();
        });
      }),
  );
  await Promise.all(settled);
  const text = describeHaltedRollout(plan, done);
  if (text !== undefined) await pulumi.log.error(text);
}

/**
 * Describes a halted rollout: the cause, the databases that were not touched, the remedy. Returns undefined where none was held back. Pure.
 *
 * @param done keys of the databases that are verified
 */
export function describeHaltedRollout(
  { stack, rollout, orchestras }: Pick<Plan, "stack" | "rollout" | "orchestras">,
  done: ReadonlySet<string>,
): string | undefined {
  const verified = new Set(orchestras.filter((orchestra) => done.has(keyOf(orchestra))).map(({ id }) => id));
  const open = rollout.stages.map((stage) => ({
    name: stage.name,
    orchestras: stage.orchestras.filter((id) => !verified.has(id)),
    spares: stage.spares.filter((key) => !done.has(key)),
  }));
  const at = open.findIndex((stage) => stage.orchestras.length > 0);
  const failed = open[at];
  if (failed === undefined || (rollout.onError === "continue" && failed.name !== "canary")) return undefined;
  const untouched = open.slice(at + 1).flatMap((stage) => stage.orchestras);
  const spares = open.slice(at + 1).flatMap((stage) => stage.spares);
  const parts = [
    ...(untouched.length > 0 ? [`${count(untouched.length, "orchestra")} (${listNames(untouched, 10)})`] : []),
    ...(spares.length > 0 ? [`${count(spares.length, "free database")} (${listNames(spares, 10)})`] : []),
  ];
  if (parts.length === 0) return undefined;
  const names = listNames(failed.orchestras, 10);
  const cause = failed.name === "canary" ? `the canary ${names}` : `${names} in ${failed.name}`;
  return (
    `Stopped: ${cause} failed, for the reason beside its name, so these were not touched and stay on the version that they have: ` +
    `${parts.join(" and ")}. For the versions: ./stagesub list -s ${stack}. ` +
    `Correct what failed and run \`pulumi up\` again: it goes on with what is left, in the same order.`
  );
}
