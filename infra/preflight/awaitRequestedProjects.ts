import * as pulumi from "@pulumi/pulumi";

import { awaitProjects, listLagMs } from "../cloud/awaitProjects.ts";
import type { ApiAccess } from "../cloud/callApi.ts";
import type { SupabaseProject } from "../cloud/supabaseApi.ts";
import type { ProjectRequest } from "../database/registry/projectRequests.ts";

/**
 * Waits until the organization's list shows the projects that a previous run has requested without hearing the answer, or until the list can
 * no longer lag behind the request. A preview does not wait.
 *
 * @param created names of the projects that this run would make
 * @param requests the recent requests, of any stack
 * @returns the new list; undefined without a wait
 */
export async function awaitRequestedProjects(
  created: readonly string[],
  requests: readonly ProjectRequest[],
  access: ApiAccess,
  organization: string,
): Promise<SupabaseProject[] | undefined> {
  const requested = requests.filter(({ project }) => created.includes(project));
  if (requested.length === 0) return undefined;
  const names = requested.map(({ project }) => project);
  const forMs = listLagMs - Math.min(...requested.map(({ ageMs }) => ageMs));
  const seconds = Math.ceil(forMs / 1_000);
  const why = `A previous run asked Supabase for ${names.join(", ")} without hearing the answer`;
  if (pulumi.runtime.isDryRun()) {
    void pulumi.log.info(
      `${why}: \`pulumi up\` first waits up to ${seconds} s for the organization's list to show it.`,
    );
    return undefined;
  }
  void pulumi.log.info(`${why}: waiting up to ${seconds} s for the list to show them.`);
  return awaitProjects(access, organization, names, forMs);
}
