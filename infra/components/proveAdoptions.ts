import * as pulumi from "@pulumi/pulumi";

import type { ApiAccess } from "../api/callApi.ts";
import { type ProjectPlan, projectName } from "../plan/planProjects.ts";
import type { Plan } from "../plan/planStack.ts";

/**
 * Tries every project that is to be adopted: it must open with the password that the state has for it, which it was made with. One
 * that does not is trouble of its own orchestra, and is left alone. Before the run, since an import cannot be held back in it.
 *
 * A preview does not wait for one that is still coming up.
 */
export async function proveAdoptions(
  plan: Plan,
  projects: ProjectPlan,
  api: ApiAccess,
  passwords: ReadonlyMap<string, string>,
): Promise<ProjectPlan> {
  if (pulumi.runtime.isDryRun()) return projects;
  const candidates = Object.entries(projects.adopted).filter(([key]) => projects.troubles[key] === undefined);
  if (candidates.length === 0) return projects;
  // It is rare, and a program that does not need it starts sooner without it.
  const { proveAccess } = await import("../providers/projectAccessProvider.ts");
  const found = await Promise.all(
    candidates.map(async ([key, ref]): Promise<[string, string][]> => {
      // Without one in the state, none fits: a text that Supabase takes for no password.
      const password = passwords.get(key) ?? "-";
      const inputs = { project: projectName(plan.stack, key), ref, password, connect: plan.supabase.connect };
      try {
        await proveAccess(api, { ...inputs, ...(plan.ca !== undefined && { ca: plan.ca }) });
        return [];
      } catch (error) {
        return [[key, (error as Error).message]];
      }
    }),
  );
  return { ...projects, troubles: { ...projects.troubles, ...Object.fromEntries(found.flat()) } };
}
