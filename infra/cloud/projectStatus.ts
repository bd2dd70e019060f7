/** The status of a project that works. */
export const healthy = "ACTIVE_HEALTHY";

/** Names a project for messages, with its ref. */
export function describeProject({ ref, name }: { ref: string; name: string }): string {
  return `Supabase project ${name} (${ref})`;
}

/** Returns a project's address in Supabase's dashboard. */
export function dashboardOf(ref: string): string {
  return `https://supabase.com/dashboard/project/${ref}`;
}

/** Describes a project of the state that Supabase does not show any more, with the remedy. */
export function describeGone(project: { ref: string; name: string }): string {
  return (
    `${describeProject(project)} is in the state and no longer at Supabase: it was deleted, or the token no longer sees it. ` +
    "If it was deleted, its data is in the backups alone: docs/recovery.md, “A project was deleted by hand”."
  );
}

/**
 * Explains a status that does not pass by itself, with the remedy; returns undefined for the others, such as COMING_UP. The statuses are
 * those of the Management API's OpenAPI document.
 */
export function explainStatus(project: { ref: string; name: string; status: string }): string | undefined {
  const { ref, status } = project;
  const subject = describeProject(project);
  switch (status) {
    case "INACTIVE":
    case "PAUSING":
      return (
        `${subject} is paused (${status}): nobody reaches its database. ` +
        `Restore it at ${dashboardOf(ref)}, wait until it is active, then run this again.`
      );
    case "INIT_FAILED":
      return (
        `${subject} never came up (INIT_FAILED): it holds nothing. ` +
        `Delete it at ${dashboardOf(ref)}/settings/general, then run this again: a new one is made.`
      );
    case "PAUSE_FAILED":
    case "RESTORE_FAILED":
      return `${subject} is stuck (${status}). Supabase's support must look at it: https://supabase.com/dashboard/support/new`;
    case "GOING_DOWN":
    case "REMOVED":
      return `${subject} is being deleted (${status}).`;
    default:
      return undefined;
  }
}

/** Statuses of projects that are being deleted: their names are free for another project. */
const leaving = new Set(["GOING_DOWN", "REMOVED"]);

/** Returns a check for projects of this name that are not being deleted. */
export function isNamed(name: string) {
  return (project: { name: string; status: string }): boolean => project.name === name && !leaving.has(project.status);
}
