import { setTimeout as sleep } from "node:timers/promises";
import { askProject } from "./askProject.ts";
import type { ApiAccess } from "./callApi.ts";
import { dashboardOf, describeProject, explainStatus, healthy } from "./projectStatus.ts";
import { readProject } from "./supabaseApi.ts";

/** The longest time for a restoration, in milliseconds: as long as a creation may take. Real projects take minutes. */
const patienceMs = 20 * 60_000;

/**
 * Restores a paused project and waits until it works (`POST /v1/projects/{ref}/restore`). Only waits for a restoration that has begun;
 * leaves a working project as it is.
 *
 * @returns undefined where the project works, or is gone; else the reason, in words: Supabase restores none that was paused for more than
 * 90 days (https://github.com/orgs/supabase/discussions/47680), and a restoration does not always come to an end
 * @throws {UserError} where Supabase cannot be asked
 */
export async function restoreProject(access: ApiAccess, ref: string): Promise<string | undefined> {
  const deadline = Date.now() + patienceMs;
  for (let pause = 250; ; pause = Math.min(pause * 2, 10_000)) {
    let project = await readProject(access, ref);
    if (project?.status === "INACTIVE") {
      const refusal = await askProject(access, ref, "restore");
      if (refusal) project = await readProject(access, ref);
      // The refusal does not count if an earlier call has begun the restoration.
      if (refusal && project?.status === "INACTIVE")
        return `${describeProject(project)} stays paused: ${refusal.message} Look at ${dashboardOf(ref)}.`;
    } else if (project && project.status !== "PAUSING") {
      const trouble = explainStatus(project);
      if (trouble !== undefined) return trouble;
    }
    if (!project || project.status === healthy) return undefined;
    if (Date.now() + pause > deadline)
      return `${describeProject(project)} is still ${project.status} after ${patienceMs / 60_000} minutes: look at ${dashboardOf(ref)}, and run this again.`;
    await sleep(pause);
  }
}
