import * as pulumi from "@pulumi/pulumi";

import { awaitProjects, listLagMs } from "../cloud/awaitProjects.ts";
import type { ApiAccess } from "../cloud/callApi.ts";
import type { SupabaseProject } from "../cloud/supabaseApi.ts";
import type { ProjectRequest } from "../database/registry/projectRequests.ts";
import { requestedProjects, type RecordedProject } from "./reconcileProjects.ts";
import type { Plan } from "../plan/planStack.ts";

/**
 * Returns the organization's projects. First waits until the list shows every project that a previous run has asked for without hearing the
 * answer, or until the list can no longer lag behind that request. A preview does not wait.
 */
export async function awaitRequestedProjects(
  plan: Plan,
  found: SupabaseProject[],
  held: readonly RecordedProject[],
  requests: readonly ProjectRequest[],
  access: ApiAccess,
): Promise<SupabaseProject[]> {
  const requested = requests.map(({ project }) => project);
  const names = requestedProjects(plan, found, held, requested);
  if (names.length === 0) return found;
  const ages = requests.filter(({ project }) => names.includes(project)).map(({ ageMs }) => ageMs);
  const forMs = listLagMs - Math.min(...ages);
  const why = `A previous run asked Supabase for ${names.join(", ")} without hearing the answer`;
  if (pulumi.runtime.isDryRun()) {
    void pulumi.log.info(
      `${why}: \`pulumi up\` first waits up to ${Math.ceil(forMs / 1_000)} s for the organization's list to show it.`,
    );
    return found;
  }
  const report = (missing: readonly string[], seconds: number) =>
    void pulumi.log.info(`${why}: waiting up to ${seconds} s for the list to show ${missing.join(", ")}.`);
  return awaitProjects(access, { organization: plan.supabase.organization, names, forMs, report });
}
