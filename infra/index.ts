import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";

import { readApiAccess } from "./api/apiAccess.ts";
import { listLagMs } from "./api/awaitProjects.ts";
import { UserError } from "./errors.ts";
import { lookUp } from "./api/lookUp.ts";
import { awaitAttempted } from "./components/awaitAttempted.ts";
import { guardCreation } from "./components/guardCreation.ts";
import { provision } from "./components/provision.ts";
import { pickApplied } from "./components/pickApplied.ts";
import { pickOrchestras } from "./components/pickOrchestras.ts";
import { proveAdoptions } from "./components/proveAdoptions.ts";
import { refuseReplacement } from "./components/refuseReplacement.ts";
import { restoreProjects } from "./components/restoreProjects.ts";
import { pickProjects, pickRecords, pickRegister, readRecorded } from "./components/readRecorded.ts";
import { readProof } from "./components/readProof.ts";
import { readEnvironment, readSecretKeys } from "./config/environment.ts";
import { parseStack } from "./config/parseStack.ts";
import { parseConnectionUrl, trust } from "./database/connection.ts";
import { readRegister } from "./database/readRegister.ts";
import { judgePending } from "./database/migrations/judgePending.ts";
import { requireRetirementBackup } from "./database/retirement/retirementBackup.ts";
import { findJudged } from "./plan/planJudged.ts";
import { planLifecycle } from "./plan/planLifecycle.ts";
import { planProjects } from "./plan/planProjects.ts";
import { findPending, planProof } from "./plan/planProof.ts";
import { addRegistered, planRegister } from "./plan/planRegister.ts";
import { planRecords } from "./plan/planRecords.ts";
import { describeOrder } from "./plan/planRollout.ts";
import { planStack } from "./plan/planStack.ts";
import { refusal, silenceDebugMessages, withoutStackTraces } from "./sdk.ts";
import { describeAddress } from "./providers/connections.ts";
import { backupFolder, readSources } from "./database/sources.ts";

silenceDebugMessages();

const { config, plan, found, moved, projects, records, lifecycle, applied, pending, proof, danger } = await readable(
  async () => {
    const stack = pulumi.getStack();
    const path = fileURLToPath(new URL(`../stacks/Pulumi.${stack}.yaml`, import.meta.url));
    const environment = readEnvironment(process.env);
    const raw = {
      stack,
      values: pulumi.runtime.allConfig(),
      secretKeys: readSecretKeys(process.env),
      ...(existsSync(path) && { file: { path: `stacks/Pulumi.${stack}.yaml`, text: readFileSync(path, "utf8") } }),
    };
    const config = parseStack(raw, environment);
    const files = readSources(config.supabase.caFile);
    const plan = planStack(config, files);
    const { supabase, cloudflare } = readApiAccess(raw.values, process.env);
    const places = {
      supabase: { ...supabase, organization: config.supabase.organization },
      cloudflare: { ...cloudflare, ...config.cloudflare, domain: config.domain },
    };
    const registry = trust(parseConnectionUrl(config.databaseUrl), plan.ca);
    const [found, recorded, register] = await Promise.all([
      lookUp(places),
      readRecorded(),
      readRegister(registry, stack, listLagMs),
    ]);
    const moved = planRegister(plan, register, pickRegister(recorded), describeAddress(registry));
    const named = plan.orchestras.filter(({ state }) => state !== "retired");
    const records = planRecords(plan, named, found.records, pickRecords(recorded));
    const applied = pickApplied(recorded);
    const pending = findPending(plan, applied);
    const isAsked = Object.keys(pending).length > 0;
    const proof = planProof(plan, pending, isAsked && plan.staging ? await readProof(plan.staging.stack) : undefined);
    const lifecycle = planLifecycle(plan, addRegistered(pickOrchestras(recorded), register.registered));
    const held = pickProjects(recorded);
    const listed = await awaitAttempted(plan, found.projects, held, register.requests, supabase);
    const leads = new Map(
      register.registered.flatMap(({ key, project }) => (project ? [[key, project] as const] : [])),
    );
    const standing = planProjects(plan, listed, held, lifecycle.returning, leads);
    for (const orchestra of lifecycle.deleted)
      await requireRetirementBackup(registry, { stack, orchestra }, backupFolder(stack));
    const judged = findJudged(plan, applied, Object.keys(standing.adopted));
    const danger = await judgePending([
      { path: "migrations/orchestra", files: files.migrations, judged: judged.orchestra },
      { path: "migrations/registry", files: files.registryMigrations, judged: judged.registry },
    ]);
    // A preview goes on and shows what else would happen; an `up` ends before it does anything.
    if (danger !== undefined && !pulumi.runtime.isDryRun()) throw new UserError("dangerous-sql", danger);
    const proven = await proveAdoptions(plan, await restoreProjects(standing, supabase), supabase);
    refuseReplacement({ ...found, recorded, registered: register.registered });
    const projects = guardCreation(proven, held, supabase, config.supabase.organization, registry);
    return { config, plan, found, moved, projects, records, lifecycle, applied, pending, proof, danger };
  },
);

for (const warning of [
  ...found.warnings,
  ...moved,
  ...projects.warnings,
  ...records.warnings,
  ...lifecycle.warnings,
  ...proof,
])
  void pulumi.log.warn(warning);
for (const note of [...projects.notes, ...records.notes, ...describeOrder(plan, pending)]) void pulumi.log.info(note);
// An `up` says the same where it fails for it.
if (pulumi.runtime.isDryRun()) for (const trouble of Object.values(projects.troubles)) void pulumi.log.warn(trouble);
export const { orchestras, pool, administrators, connections, migrators, verified } = withoutStackTraces(() =>
  provision(plan, projects, records, config.databaseUrl, applied),
);
if (danger !== undefined) {
  void pulumi.log.error(danger);
  // To the language host: failed, and has said why. The engine takes in everything that is registered first.
  process.exitCode = 32;
}

/** Turns what a user can act on into Pulumi's own kind of error, which is shown without a stack trace; a bug of ours brings its own. */
async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message, stack } = error as Error;
    throw refusal(error instanceof UserError ? message : (stack ?? message));
  }
}
