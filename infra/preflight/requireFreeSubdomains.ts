import type { OrchestraRow } from "../database/registry/orchestraRows.ts";
import { refuseSubdomain } from "../database/registry/registrationRow.ts";
import { UserError } from "../errors.ts";
import { keyOf } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import type { ExistingProject } from "./reconcileProjects.ts";

/**
 * Refuses subdomains that the registration would be refused, before their databases and DNS records are made. A row of another orchestra of
 * the same stack is no reason: a stack file gives no subdomain twice, so the same run gives that orchestra another one or removes its row.
 * Pure.
 *
 * @param rows the main database's
 * @param projects by the key of the database; a project that is yet to be made is missing
 * @throws {UserError} with every subdomain that another row has
 */
export function requireFreeSubdomains(
  { stack, orchestras, pool }: Pick<Plan, "stack" | "orchestras" | "pool">,
  rows: readonly OrchestraRow[],
  projects: Record<string, Pick<ExistingProject, "ref">>,
): void {
  const refusals = orchestras.flatMap((plan) => {
    const { id: orchestra, subdomain, state, database } = plan;
    const own = rows.find(({ registration }) => registration?.stack === stack && registration.orchestra === orchestra);
    const holder = rows.find((row) => row.subdomain === subdomain && row !== own);
    if (state === "retired" || !holder || holder.registration?.stack === stack) return [];
    const source = database.kind === "pool" ? pool.find(({ name }) => name === database.name)!.source : database;
    const ref = projects[keyOf(plan)]?.ref;
    const databaseUrl =
      source.kind === "adopted" ? source.url : ref ? `postgres://postgres@db.${ref}.supabase.co/postgres` : "";
    const whose = holder.registration ?? { stack: null, orchestra: null };
    const planned = { stack, orchestra, subdomain, databaseUrl };
    return refuseSubdomain({ ...holder, ...whose }, own !== undefined, planned)?.message ?? [];
  });
  if (refusals.length > 0)
    throw new UserError("subdomain-taken", [...refusals, "Nothing was created or changed."].join("\n\n"));
}
