import { type ApiAccess, callApi } from "./callApi.ts";

/** A project as the organization's list shows it. */
export interface SupabaseProject {
  /** Twenty letters. */
  ref: string;
  name: string;
  region: string;
  /** Such as ACTIVE_HEALTHY, COMING_UP, INACTIVE (paused), INIT_FAILED. */
  status: string;
}

const pageSize = 100;

/**
 * All projects of an organization, in one call a hundred (`GET /v1/organizations/{slug}/projects`).
 *
 * @throws ApiError
 */
export async function listProjects(access: ApiAccess, organization: string): Promise<SupabaseProject[]> {
  const found: SupabaseProject[] = [];
  for (;;) {
    const path = `/v1/organizations/${encodeURIComponent(organization)}/projects?limit=${pageSize}&offset=${found.length}`;
    const page = (await callApi({ ...access, service: "Supabase", method: "GET", path })) as
      { projects: SupabaseProject[] } | undefined;
    const projects = page?.projects ?? [];
    found.push(...projects.map(({ ref, name, region, status }) => ({ ref, name, region, status })));
    if (projects.length < pageSize) return found;
  }
}
