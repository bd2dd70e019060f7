import * as pulumi from "@pulumi/pulumi";

import type { ApiAccess } from "../cloud/callApi.ts";
import { restoreProject } from "../cloud/projectLifecycle.ts";
import type { ProjectReconciliation } from "./reconcileProjects.ts";

/**
 * Restores the projects of orchestras that come back. A project that is not restored fails only its own orchestra. This happens before the
 * run, as Pulumi's resource of an existing project knows no pause. A preview restores nothing.
 */
export async function restoreProjects(projects: ProjectReconciliation, api: ApiAccess): Promise<ProjectReconciliation> {
  const paused = Object.entries(projects.restored);
  if (pulumi.runtime.isDryRun() || paused.length === 0) return projects;
  const found = await Promise.all(
    paused.map(async ([key, ref]): Promise<[string, string][]> => {
      const trouble = await restoreProject(api, ref).catch((error: Error) => error.message);
      return trouble === undefined ? [] : [[key, trouble]];
    }),
  );
  return { ...projects, troubles: { ...projects.troubles, ...Object.fromEntries(found.flat()) } };
}
