import * as pulumi from "@pulumi/pulumi";

import type { ApiAccess } from "../cloud/callApi.ts";
import { listLagMs } from "../cloud/awaitProjects.ts";
import { readClouds } from "../cloud/readClouds.ts";
import type { StackConfig } from "../config/parseStack.ts";
import { parseConnectionUrl, trust } from "../database/connection/connection.ts";
import { judgePending } from "../database/migrations/judgePending.ts";
import { readRegister } from "../database/registry/readRegister.ts";
import { requireRetirementBackup } from "../database/backup/retirementBackup.ts";
import { backupFolder, type readSources } from "../database/sources.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";
import { describeOrder } from "../plan/planRollout.ts";
import type { Plan } from "../plan/planStack.ts";
import { describeAddress } from "../resources/connections.ts";
import { awaitRequestedProjects } from "./awaitRequestedProjects.ts";
import { type GuardedProjects, guardCreation } from "./guardCreation.ts";
import { migrationsToJudge } from "./migrationsToJudge.ts";
import { reconcileLifecycle } from "./reconcileLifecycle.ts";
import { reconcileProjects } from "./reconcileProjects.ts";
import { findPending, checkStagingGate } from "./checkStagingGate.ts";
import { reconcileRecords } from "./reconcileRecords.ts";
import { addRegistered, checkRegister } from "./checkRegister.ts";
import { proveAdoptions } from "./proveAdoptions.ts";
import { readStagingReport } from "./readStagingReport.ts";
import * as recordedState from "./recordedState.ts";
import { refuseReplacement } from "./refuseReplacement.ts";
import { restoreProjects } from "./restoreProjects.ts";

export interface Declared {
  config: StackConfig;
  plan: Plan;
  /** The text of the migrations. */
  sources: ReturnType<typeof readSources>;
  access: Record<"supabase" | "cloudflare", ApiAccess>;
}

/**
 * Compares the plan with what exists at the clouds, in the main database and in the state, before anything is registered: adopts, restores,
 * or refuses.
 *
 * @throws a user's mistake, before anything is changed
 */
export async function preflight({ config, plan, sources, access }: Declared) {
  const { stack } = plan;
  const { organization } = config.supabase;
  const registry = trust(parseConnectionUrl(config.databaseUrl), plan.ca);
  const [found, recorded, register] = await Promise.all([
    readClouds({
      supabase: { ...access.supabase, organization },
      cloudflare: { ...access.cloudflare, ...config.cloudflare, domain: config.domain },
    }),
    recordedState.readRecorded(),
    readRegister(registry, stack, listLagMs),
  ]);
  const moved = checkRegister(plan, register, recordedState.pickRegister(recorded), describeAddress(registry));
  const named = plan.orchestras.filter(({ state }) => state !== "retired");
  const records = reconcileRecords(plan, named, found.records, recordedState.pickRecords(recorded));
  const applied = recordedState.pickApplied(recorded);
  const pending = findPending(plan, applied);
  const gate = Object.keys(pending).length > 0 ? plan.staging : undefined;
  const staged = checkStagingGate(plan, pending, gate && (await readStagingReport(gate.stack)));
  const known = addRegistered(recordedState.pickOrchestras(recorded), register.registered);
  const lifecycle = reconcileLifecycle(plan, known);
  const held = recordedState.pickProjects(recorded);
  const listed = await awaitRequestedProjects(plan, found.projects, held, register.requests, access.supabase);
  const leads = new Map(register.registered.flatMap(({ key, project }) => (project ? [[key, project] as const] : [])));
  const reconciled = reconcileProjects(plan, listed, held, lifecycle.returning, leads);
  for (const orchestra of lifecycle.deleted)
    await requireRetirementBackup(registry, { stack, orchestra }, backupFolder(stack));
  const judged = migrationsToJudge(plan, applied, Object.keys(reconciled.adopted));
  const danger = await judgePending([
    { path: "migrations/orchestra", files: sources.migrations, judged: judged.orchestra },
    { path: "migrations/registry", files: sources.registryMigrations, judged: judged.registry },
  ]);
  // A preview goes on and shows what else would happen; an `up` ends before it does anything.
  if (danger !== undefined && !pulumi.runtime.isDryRun()) throw new UserError("dangerous-sql", danger);
  const proven = await proveAdoptions(plan, await restoreProjects(reconciled, access.supabase), access.supabase);
  refuseReplacement({ ...found, recorded, registered: register.registered });
  const projects = guardCreation(proven, held, access.supabase, organization, registry);
  const warnings = [
    ...[...found.warnings, ...moved, ...projects.warnings, ...records.warnings, ...lifecycle.warnings, ...staged],
    // `pulumi up` reports the same error when it fails for this reason.
    ...(pulumi.runtime.isDryRun() ? describeTroubles(projects) : []),
  ];
  const notes = [...projects.notes, ...records.notes, ...describeOrder(plan, pending)];
  return { projects, records, applied, warnings, notes, danger };
}

function describeTroubles({ troubles, adopted, held }: GuardedProjects): Notice[] {
  return Object.entries(troubles).map(([key, text]) => {
    const ref = adopted[key] ?? held[key]?.ref;
    return { code: "project-trouble", values: ref === undefined ? [key] : [key, ref], text };
  });
}
