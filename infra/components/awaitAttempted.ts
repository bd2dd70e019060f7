import * as pulumi from "@pulumi/pulumi";

import { awaitProjects, listLagMs } from "../api/awaitProjects.ts";
import type { ApiAccess } from "../api/callApi.ts";
import type { SupabaseProject } from "../api/supabaseApi.ts";
import { attemptedProjects, type RecordedProject } from "../plan/planProjects.ts";
import type { Plan } from "../plan/planStack.ts";
import type { RecordedResource } from "./readRecorded.ts";

/**
 * Returns the organization's projects once those show that a previous run may have asked for without hearing the answer, or a bounded
 * time is over. A preview does not wait.
 */
export async function awaitAttempted(
  plan: Plan,
  found: SupabaseProject[],
  recorded: readonly RecordedResource[],
  held: readonly RecordedProject[],
  access: ApiAccess,
): Promise<SupabaseProject[]> {
  const begun = recorded.filter(({ type }) => type === "stagesub:index:TenantDatabase").map(({ name }) => name);
  const names = attemptedProjects(plan, found, held, begun);
  if (names.length === 0) return found;
  const why = `A previous run may have asked Supabase for ${names.join(", ")} without hearing the answer`;
  if (pulumi.runtime.isDryRun()) {
    void pulumi.log.info(
      `${why}: \`pulumi up\` first waits up to ${listLagMs / 1_000} s for the organization's list to show it.`,
    );
    return found;
  }
  const report = (missing: readonly string[], seconds: number) =>
    void pulumi.log.info(`${why}: waiting up to ${seconds} s for the list to show ${missing.join(", ")}.`);
  return awaitProjects(access, { organization: plan.supabase.organization, names, report });
}
