import { setTimeout as sleep } from "node:timers/promises";
import { askProject } from "./askProject.ts";
import type { ApiAccess } from "./callApi.ts";
import { dashboardOf, describeProject } from "./projectStatus.ts";
import { readProject, type SupabaseProject } from "./supabaseApi.ts";

/** How long a project may take to be paused, in milliseconds. Real ones take minutes; some have stayed PAUSING for days. */
const patienceMs = 10 * 60_000;

/**
 * Pauses a project and waits until it is (`POST /v1/projects/{ref}/pause`). Done already, it does nothing.
 *
 * @returns undefined where it is paused or gone; else why it is not, in words: Supabase pauses no project of a paid organization
 * (https://supabase.com/docs/guides/platform/billing-faq), and does not always come to an end
 * @throws {UserError} where Supabase cannot be asked
 */
export async function pauseProject(access: ApiAccess, ref: string): Promise<string | undefined> {
  let project = await readProject(access, ref);
  if (project && isRunning(project)) {
    const refusal = await askProject(access, ref, "pause");
    project = await readProject(access, ref);
    // A refusal of what an earlier call has begun is none.
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
