import { setTimeout as sleep } from "node:timers/promises";
import type { ApiAccess } from "./callApi.ts";
import { isNamed } from "./projectStatus.ts";
import { listProjects, type SupabaseProject } from "./supabaseApi.ts";

/**
 * The time for which the list of projects may lag behind a request whose answer nobody heard, in milliseconds. Supabase names no figure; a
 * rerun makes a second project beside one that shows later than this.
 */
export const listLagMs = 120_000;

export interface Expected {
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
export async function awaitProjects(access: ApiAccess, expected: Expected): Promise<SupabaseProject[]> {
  const { organization, names, forMs = listLagMs, report } = expected;
  const deadline = Date.now() + forMs;
  let nextReport = 0;
  for (let pause = 1_000; ; pause = Math.min(pause * 1.5, 10_000)) {
    const projects = await listProjects(access, organization);
    const missing = names.filter((name) => !projects.some(isNamed(name)));
    const left = deadline - Date.now();
    if (missing.length === 0 || left <= 0) return projects;
    if (Date.now() >= nextReport) {
      report(missing, Math.ceil(left / 1_000));
      nextReport = Date.now() + forMs / 4;
    }
    await sleep(Math.min(pause, left));
  }
}
