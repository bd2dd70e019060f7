import { UserError } from "../errors.ts";
import { poll } from "../util/poll.ts";
import { type ApiAccess, callApi } from "./callApi.ts";
import { dashboardOf, describeProject, explainStatus, healthy } from "./projectStatus.ts";
import { readProject, type SupabaseProject } from "./supabaseApi.ts";

/**
 * The changes of a project's status (`POST /v1/projects/{ref}/pause` and `/restore`): the statuses in which each can be asked for, the status
 * after it, the result of a refusal, and the longest time in minutes. Real projects take minutes; some have stayed PAUSING for days.
 */
const changes = {
  pause: { before: /^ACTIVE_/, after: "INACTIVE", refused: "goes on running, and costing", minutes: 10 },
  // As long as a creation may take.
  restore: { before: /^INACTIVE$/, after: healthy, refused: "stays paused", minutes: 20 },
};

/**
 * Pauses a project and waits until it is paused. Does nothing for a paused project.
 *
 * @returns undefined once the project is paused or gone; else the reason, in words: Supabase pauses no project of a paid organization
 * (https://supabase.com/docs/guides/platform/billing-faq), and a pause does not always come to an end
 * @throws {UserError} if Supabase does not answer
 */
export function pauseProject(access: ApiAccess, ref: string): Promise<string | undefined> {
  return changeStatus(access, ref, "pause");
}

/**
 * Restores a paused project and waits until it works. Only waits for a restoration that has begun; leaves a working project as it is.
 *
 * @returns undefined once the project works, or is gone; else the reason, in words: Supabase restores none that was paused for more than
 * 90 days (https://github.com/orgs/supabase/discussions/47680), and a restoration does not always come to an end
 * @throws {UserError} if Supabase does not answer
 */
export function restoreProject(access: ApiAccess, ref: string): Promise<string | undefined> {
  return changeStatus(access, ref, "restore");
}

async function changeStatus(access: ApiAccess, ref: string, verb: keyof typeof changes): Promise<string | undefined> {
  const { before, after, refused, minutes } = changes[verb];
  let project: SupabaseProject | undefined;
  let asked = false;
  const look = async (): Promise<{ reason?: string } | undefined> => {
    project = await readProject(access, ref);
    if (project && before.test(project.status) && !asked) {
      asked = true;
      const refusal = await requestStatus(access, ref, verb);
      if (refusal) project = await readProject(access, ref);
      // The refusal does not count if an earlier call has begun the change.
      if (refusal && project && before.test(project.status))
        return { reason: `${describeProject(project)} ${refused}: ${refusal.message} Look at ${dashboardOf(ref)}.` };
    }
    // A change of another's that ends where it began leaves it to us again.
    if (project && !before.test(project.status)) asked = false;
    if (!project || project.status === after) return {};
    const passes = ["INACTIVE", "PAUSING"].includes(project.status);
    const trouble = passes ? undefined : explainStatus(project);
    return trouble === undefined ? undefined : { reason: trouble };
  };
  const result = await poll(look, { forMs: minutes * 60_000, everyMs: 250, longestMs: 10_000 });
  if (result || !project) return result?.reason;
  return `${describeProject(project)} is still ${project.status} after ${minutes} minutes: look at ${dashboardOf(ref)}, and run this again.`;
}

/** Returns the API's refusal, if any; a token's missing right or a server's trouble is thrown. */
async function requestStatus(access: ApiAccess, ref: string, verb: string): Promise<UserError | undefined> {
  try {
    await callApi({ ...access, service: "Supabase", method: "POST", path: `/v1/projects/${ref}/${verb}` });
    return undefined;
  } catch (error) {
    if (error instanceof UserError && [400, 402, 409, 422].includes(error.fields.status ?? 0)) return error;
    throw error;
  }
}
