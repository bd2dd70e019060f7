import * as pulumi from "@pulumi/pulumi";

import { listLagMs, type SupabaseProject } from "../cloud/supabaseApi.ts";
import type { ApiAccess } from "../cloud/callApi.ts";
import { readClouds } from "../cloud/readClouds.ts";
import type { StackConfig } from "../config/parseStack.ts";
import { requireRetirementBackup } from "../database/backup/backupLog.ts";
import { parseConnectionUrl, trust } from "../database/connection/connection.ts";
import { judgePending } from "../database/migrations/judgePending.ts";
import { readRegister } from "../database/registry/readRegister.ts";
import { backupFolder, type readSources } from "../database/sources.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";
import { describeOrder } from "../plan/planRollout.ts";
import type { Plan } from "../plan/planStack.ts";
import { projectName } from "../plan/planOrchestras.ts";
import { describeAddress } from "../resources/connections.ts";
import { awaitRequestedProjects, guardCreation } from "./guardCreation.ts";
import { checkRegister, requireFreeSubdomains } from "./checkRegister.ts";
import { checkStagingGate, readStagingReport } from "./checkStagingGate.ts";
import { findPending, migrationsToJudge } from "./pendingMigrations.ts";
import { prepareProjects } from "./prepareProjects.ts";
import { type Applied, readRecordedState } from "./recordedState.ts";
import { reconcileLifecycle } from "./reconcileLifecycle.ts";
import { type ExistingProject, reconcileProjects } from "./reconcileProjects.ts";
import { reconcileRecords } from "./reconcileRecords.ts";
import { refuseReplacement } from "./refuseReplacement.ts";

export interface Declared {
  config: StackConfig;
  plan: Plan;
  /** The text of the migrations. */
  sources: ReturnType<typeof readSources>;
  access: Record<"supabase" | "cloudflare", ApiAccess>;
}

/** The existing things that the components adopt or leave as they are. */
export interface Existing {
  /** By the key of the database. */
  projects: Record<string, ExistingProject>;
  /** By orchestra: `<zone>/<record>` of the DNS record that this stack imports. */
  records: Record<string, string>;
  /** The migrations that the state has as applied. */
  applied: Applied;
  /** Hooks around the requests that make projects; undefined in a preview. */
  guard: pulumi.ResourceHookBinding | undefined;
}

/**
 * Compares the plan with the existing things at the clouds, in the main database and in the state, before anything is registered: adopts,
 * restores, or refuses.
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
    readRecordedState(),
    readRegister(registry, stack, listLagMs),
  ]);
  const { applied } = recorded;
  const { registered } = register;
  const moved = checkRegister(plan, register, recorded.register, describeAddress(registry));
  const records = reconcileRecords(plan, found.records, recorded.records);
  const pending = findPending(plan, applied);
  const gate = Object.keys(pending).length > 0 ? plan.staging : undefined;
  const staged = checkStagingGate(plan, pending, gate && (await readStagingReport(gate.stack)));
  const { deleted, returning, warnings: changes } = reconcileLifecycle(plan, recorded.orchestras, registered);
  const reconcile = (projects: readonly SupabaseProject[]) =>
    reconcileProjects(plan, { found: projects, recorded: recorded.projects, returning, registered });
  const first = reconcile(found.projects);
  const names = first.created.map((key) => projectName(stack, key));
  const listed = await awaitRequestedProjects(names, register.requests, access.supabase, organization);
  const reconciled = listed ? reconcile(listed) : first;
  requireFreeSubdomains(plan, register.rows, reconciled.existing);
  for (const orchestra of deleted) await requireRetirementBackup(registry, { stack, orchestra }, backupFolder(stack));
  const adopted = Object.keys(reconciled.existing).filter((key) => reconciled.existing[key]!.kind === "adopted");
  const judged = migrationsToJudge(plan, applied, adopted);
  const danger = await judgePending([
    { path: "migrations/orchestra", files: sources.migrations, judged: judged.orchestra },
    { path: "migrations/registry", files: sources.registryMigrations, judged: judged.registry },
  ]);
  // A preview goes on and shows what else would happen; an `up` ends before it does anything.
  if (danger !== undefined && !pulumi.runtime.isDryRun()) throw new UserError("dangerous-sql", danger);
  const projects = await prepareProjects(plan, reconciled.existing, access.supabase);
  refuseReplacement({ ...found, recorded: recorded.resources, registered });
  const warnings = [
    ...[...found.warnings, ...moved, ...reconciled.warnings, ...records.warnings, ...changes, ...staged],
    // `pulumi up` reports the same error when it fails for this reason.
    ...(pulumi.runtime.isDryRun() ? describeTroubles(projects) : []),
  ];
  const notes = [...reconciled.notes, ...records.notes, ...describeOrder(plan, pending)];
  const guard = guardCreation(access.supabase, organization, registry);
  const existing: Existing = { projects, records: records.adopted, applied, guard };
  return { existing, warnings, notes, danger };
}

function describeTroubles(projects: Existing["projects"]): Notice[] {
  return Object.entries(projects).flatMap(([key, { ref, trouble }]) =>
    trouble === undefined ? [] : [{ code: "project-trouble" as const, values: [key, ref], text: trouble }],
  );
}
