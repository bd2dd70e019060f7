import * as pulumi from "@pulumi/pulumi";

import type { ApiAccess } from "../cloud/callApi.ts";
import { ownerPasswords } from "../util/stackPasswords.ts";
import { type ProjectPlan, projectName, projectVersions } from "./planProjects.ts";
import type { Plan } from "../plan/planStack.ts";

/**
 * Tries every project that is to be adopted: it must open with a password that the stack's key gives. One that does not is trouble of
 * its own orchestra, and is left alone. Before the run, since an import cannot be held back in it.
 *
 * A preview does not wait for one that is still coming up.
 */
export async function proveAdoptions(plan: Plan, projects: ProjectPlan, api: ApiAccess): Promise<ProjectPlan> {
  if (pulumi.runtime.isDryRun()) return projects;
  const versions = projectVersions(plan);
  const candidates = Object.entries(projects.adopted).filter(
    ([key]) => projects.troubles[key] === undefined && versions.has(key),
  );
  if (candidates.length === 0) return projects;
  // It is rare, and a program that does not need it starts sooner without it.
  const { proveProject } = await import("../resources/projectWay.ts");
  const { ca, supabase, stack, keys } = plan;
  const found = await Promise.all(
    candidates.map(async ([key, ref]): Promise<[string, string][]> => {
      const way = { name: projectName(stack, key), ref, connect: supabase.connect, ...(ca !== undefined && { ca }) };
      try {
        await proveProject(api, way, ownerPasswords(keys, key, versions.get(key)!));
        return [];
      } catch (error) {
        return [[key, (error as Error).message]];
      }
    }),
  );
  return { ...projects, troubles: { ...projects.troubles, ...Object.fromEntries(found.flat()) } };
}
