import { poll } from "../util/poll.ts";
import type { ApiAccess } from "./callApi.ts";
import { isNamed } from "./projectStatus.ts";
import { listProjects, type SupabaseProject } from "./supabaseApi.ts";

/**
 * The time for which the list of projects may lag behind a request whose answer was lost, in milliseconds. Supabase names no figure; a
 * rerun makes a second project beside one that shows later than this.
 */
export const listLagMs = 120_000;

/**
 * Asks for an organization's projects until the list shows every name, or the time is over.
 *
 * @param names of projects that may have been asked for
 * @returns the last list
 * @throws {UserError}
 */
export async function awaitProjects(
  access: ApiAccess,
  organization: string,
  names: readonly string[],
  forMs = listLagMs,
): Promise<SupabaseProject[]> {
  let projects: SupabaseProject[] = [];
  const look = async () => {
    projects = await listProjects(access, organization);
    return names.every((name) => projects.some(isNamed(name))) || undefined;
  };
  await poll(look, { forMs, everyMs: 1_000, longestMs: 10_000 });
  return projects;
}
