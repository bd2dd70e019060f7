import { poll } from "../util/poll.ts";
import type { ApiAccess } from "./callApi.ts";
import { isNamed } from "./projectStatus.ts";
import { listProjects, type SupabaseProject } from "./supabaseApi.ts";

/**
 * The time for which the list of projects may lag behind a request whose answer was lost, in milliseconds. Supabase names no figure; a
 * rerun makes a second project beside one that shows later than this.
 */
export const listLagMs = 120_000;

export interface AwaitedProjects {
  organization: string;
  /** The names of projects that may have been asked for. */
  names: readonly string[];
  /** Default: {@link listLagMs}. */
  forMs?: number;
  /** Receives the names that are still missing and the seconds left, as the wait begins and every quarter of it. */
  report: (missing: readonly string[], seconds: number) => void;
}

/**
 * Asks for an organization's projects until the list shows every expected name, or the time is over.
 *
 * @returns the last list
 * @throws {UserError}
 */
export async function awaitProjects(access: ApiAccess, awaited: AwaitedProjects): Promise<SupabaseProject[]> {
  const { organization, names, forMs = listLagMs, report } = awaited;
  let projects: SupabaseProject[] = [];
  let nextReport = forMs;
  const look = async (leftMs: number) => {
    projects = await listProjects(access, organization);
    const missing = names.filter((name) => !projects.some(isNamed(name)));
    if (missing.length === 0) return projects;
    if (leftMs <= 0 || leftMs > nextReport) return undefined;
    report(missing, Math.ceil(leftMs / 1_000));
    nextReport = leftMs - forMs / 4;
    return undefined;
  };
  await poll(look, { forMs, everyMs: 1_000, longestMs: 10_000 });
  return projects;
}
