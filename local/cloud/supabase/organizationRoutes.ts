import { z } from "zod";
import { organization, type Api, type ApiRoutes } from "./api.ts";
import { ApiError, validate } from "./apiError.ts";
import type { Project } from "./projectStore.ts";

export function addOrganizationRoutes(app: ApiRoutes, api: Api): void {
  app.get("/v1/organizations", (c) => c.json([organization]));

  app.get("/v1/organizations/:slug/projects", async (c) => {
    requireOrganization(c.req.param("slug"));
    const { offset, limit } = validate(listQuery, c.req.query());
    const found = await api.projects.list();
    return c.json({
      projects: found.slice(offset, offset + limit).map(formatListed),
      pagination: { count: found.length, limit, offset },
    });
  });
}

/** @throws ApiError 404 */
export function requireOrganization(slug: string): void {
  if (slug !== organization.slug) throw new ApiError(404, "Organization not found");
}

/** Other orders and filters are refused: a list that silently ignored them would show other projects than the real one. */
const listQuery = z.strictObject({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(100),
  sort: z.literal("created_asc"),
});

function formatListed({ ref, name, region, status, createdAt, addon }: Project) {
  const common = { cloud_provider: "AWS", region, status };
  const infra_compute_size = addon?.slice("ci_".length) ?? "nano";
  return {
    ...{ ...common, ref, name, is_branch: false, inserted_at: createdAt },
    databases: [{ ...common, infra_compute_size, identifier: ref, type: "PRIMARY" }],
  };
}
