import * as pulumi from "@pulumi/pulumi";

import type { ApiAccess } from "../cloud/callApi.ts";
import { ownerPasswords } from "../util/stackPasswords.ts";
import { passwordVersions, projectName } from "../plan/projectKeys.ts";
import type { ProjectReconciliation } from "./reconcileProjects.ts";
import type { Plan } from "../plan/planStack.ts";

/**
 * Tries every project to be adopted: it must open with a password that the stack's key gives. A project that does not open is left alone
 * and fails only its own orchestra. This happens before the run, since the run cannot hold an import back.
 *
 * A preview tries nothing: it does not wait for projects that are still coming up.
 */
export async function proveAdoptions(
  plan: Plan,
  projects: ProjectReconciliation,
  api: ApiAccess,
): Promise<ProjectReconciliation> {
  if (pulumi.runtime.isDryRun()) return projects;
  const versions = passwordVersions(plan);
  const candidates = Object.entries(projects.adopted).filter(
    ([key]) => projects.troubles[key] === undefined && versions.has(key),
  );
  if (candidates.length === 0) return projects;
  // Adoptions are rare: other programs start sooner without this import.
  const { requireOwnProject } = await import("../resources/ownProject.ts");
  const { ca, supabase, stack, keys } = plan;
  const found = await Promise.all(
    candidates.map(async ([key, ref]): Promise<[string, string][]> => {
      const way = { name: projectName(stack, key), ref, connect: supabase.connect, ...(ca !== undefined && { ca }) };
      try {
        await requireOwnProject(api, way, ownerPasswords(keys, key, versions.get(key)!));
        return [];
      } catch (error) {
        return [[key, (error as Error).message]];
      }
    }),
  );
  return { ...projects, troubles: { ...projects.troubles, ...Object.fromEntries(found.flat()) } };
}
