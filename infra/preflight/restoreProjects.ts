import * as pulumi from "@pulumi/pulumi";

import type { ApiAccess } from "../cloud/callApi.ts";
import type { ProjectPlan } from "./planProjects.ts";

/**
 * Restores the projects of orchestras that come back. One that does not is trouble of its own orchestra. Before the run, as Pulumi's resources of a
 * project that is there already know no pause. A preview restores nothing.
 */
export async function restoreProjects(projects: ProjectPlan, api: ApiAccess): Promise<ProjectPlan> {
  const paused = Object.entries(projects.restored);
  if (pulumi.runtime.isDryRun() || paused.length === 0) return projects;
  // It is rare, and a program that does not need it starts sooner without it.
  const { restoreProject } = await import("../cloud/restoreProject.ts");
  const found = await Promise.all(
    paused.map(async ([key, ref]): Promise<[string, string][]> => {
      const trouble = await restoreProject(api, ref).catch((error: Error) => error.message);
      return trouble === undefined ? [] : [[key, trouble]];
    }),
  );
  return { ...projects, troubles: { ...projects.troubles, ...Object.fromEntries(found.flat()) } };
}
