import * as pulumi from "@pulumi/pulumi";

import { keyOf } from "../plan/planOrchestras.ts";
import { formatVerified } from "../preflight/checkStagingGate.ts";
import { migrationsInAll } from "../preflight/pendingMigrations.ts";
import type { Applied } from "../preflight/recordedState.ts";
import type { Plan } from "../plan/planStack.ts";
import { type Digests, shortDigest } from "../util/digest.ts";
import { applyEvenIfUnknown } from "../sdk.ts";
import type { Registry } from "./registry.ts";
import type { TenantDatabase } from "./tenantDatabase.ts";

/** Returns the verified migrations in one line. A failed database counts as the previous run left it. */
export function verifiedOutput(
  plan: Plan,
  registry: Registry,
  databases: Record<string, TenantDatabase>,
  applied: Applied,
): pulumi.Output<string> {
  const otherwise = (planned: Digests, before: Digests = {}) =>
    pulumi.runtime.isDryRun()
      ? planned
      : // The state keeps short digests: existing files that match them give the full ones.
        Object.fromEntries(Object.entries(planned).filter(([file, sha256]) => before[file] === shortDigest(sha256)));
  const reached = plan.orchestras.filter(({ state }) => state !== "retired").map(keyOf);
  const each = reached.map((key) =>
    applyEvenIfUnknown(databases[key]!.contents.state, (state) =>
      state ? plan.migrations : otherwise(plan.migrations, applied.databases[key]),
    ),
  );
  const main = applyEvenIfUnknown(registry.database.state, (state) =>
    state ? plan.registryMigrations : otherwise(plan.registryMigrations, applied.registry),
  );
  return pulumi
    .all([pulumi.all(each), main])
    .apply(([all, registry]) => formatVerified(migrationsInAll(all, registry)));
}
