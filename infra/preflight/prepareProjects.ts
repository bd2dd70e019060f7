import * as pulumi from "@pulumi/pulumi";

import type { ApiAccess } from "../cloud/callApi.ts";
import { keyOf, projectName } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import { ownerPasswords } from "../util/stackPasswords.ts";
import type { ExistingProject } from "./reconcileProjects.ts";

/**
 * Restores the projects of orchestras that come back, and tries every project to be adopted: it must open with a password that the stack's
 * key gives. A project that fails gets a trouble, which fails only its own orchestra. This happens before the run: Pulumi's resource of a
 * project knows no pause, and the run cannot hold an import back. A preview only looks.
 */
export async function prepareProjects(
  plan: Plan,
  existing: Record<string, ExistingProject>,
  api: ApiAccess,
): Promise<Record<string, ExistingProject>> {
  if (pulumi.runtime.isDryRun()) return existing;
  const prepared = Object.entries(existing).map(async ([key, project]) => {
    const trouble = project.trouble ?? (await prepare(key, project, plan, api).catch((error: Error) => error.message));
    return [key, trouble === undefined ? project : { ...project, trouble }] as const;
  });
  return Object.fromEntries(await Promise.all(prepared));
}

/** Returns the trouble of a project that cannot be restored; throws for one that does not open. */
async function prepare(key: string, { kind, ref, restore }: ExistingProject, plan: Plan, api: ApiAccess) {
  // Both are rare: other runs start sooner without these imports.
  if (restore) {
    const { restoreProject } = await import("../cloud/projectLifecycle.ts");
    const trouble = await restoreProject(api, ref);
    if (trouble !== undefined) return trouble;
  }
  if (kind !== "adopted") return undefined;
  const { requireOwnProject } = await import("../resources/ownProject.ts");
  const { ca, supabase, stack, keys, orchestras } = plan;
  const { passwordVersion = keys.version } = orchestras.find((each) => keyOf(each) === key) ?? {};
  const project = { name: projectName(stack, key), ref, connect: supabase.connect, ...(ca !== undefined && { ca }) };
  await requireOwnProject(api, project, ownerPasswords(keys, key, passwordVersion));
  return undefined;
}
