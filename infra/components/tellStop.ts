import * as pulumi from "@pulumi/pulumi";

import { explainStop } from "./explainStop.ts";
import type { Plan } from "../plan/planStack.ts";
import { evenUnknown } from "./evenUnknown.ts";
import type { TenantDatabase } from "./tenantDatabase.ts";

/** Reports, once all databases have finished, which of them a failure kept from their turn. */
export async function tellStop(plan: Plan, databases: Record<string, TenantDatabase>): Promise<void> {
  if (pulumi.runtime.isDryRun()) return;
  const done = new Set<string>();
  const ends = Object.entries(databases).map(
    ([key, { inside }]) =>
      new Promise<void>((resolve) => {
        evenUnknown(inside.state, (state) => {
          if (state) done.add(key);
          resolve();
        });
      }),
  );
  await Promise.all(ends);
  const text = explainStop(plan, done);
  if (text !== undefined) await pulumi.log.error(text);
}
