import { setTimeout as sleep } from "node:timers/promises";
import { askProject } from "./askProject.ts";
import type { ApiAccess } from "./callApi.ts";
import { dashboardOf, describeProject } from "./projectStatus.ts";
import { readProject, type SupabaseProject } from "./supabaseApi.ts";

/** The longest time for a pause, in milliseconds. Real projects take minutes; some have stayed PAUSING for days. */
const patienceMs = 10 * 60_000;

/**
 * Pauses a project and waits until it is (`POST /v1/projects/{ref}/pause`). Does nothing for a paused project.
 *
 * @returns undefined where the project is paused or gone; else the reason, in words: Supabase pauses no project of a paid organization
 * (https://supabase.com/docs/guides/platform/billing-faq), and a pause does not always come to an end
 * @throws {UserError} where Supabase cannot be asked
 */
export async function pauseProject(access: ApiAccess, ref: string): Promise<string | undefined> {
  let project = await readProject(access, ref);
  if (project && isRunning(project)) {
    const refusal = await askProject(access, ref, "pause");
    project = await readProject(access, ref);
    // The refusal does not count if an earlier call has begun the pause.
    if (refusal && project && isRunning(project))
      return `${describeProject(project)} goes on running, and costing: ${refusal.message}`;
  }
  const deadline = Date.now() + patienceMs;
  for (let pause = 250; project && project.status !== "INACTIVE"; pause = Math.min(pause * 2, 10_000)) {
    if (Date.now() + pause > deadline)
      return `${describeProject(project)} is still ${project.status} after ${patienceMs / 60_000} minutes: look at ${dashboardOf(ref)}.`;
    await sleep(pause);
    project = await readProject(access, ref);
  }
  return undefined;
}

function isRunning({ status }: SupabaseProject): boolean {
  return status.startsWith("ACTIVE_");
}
