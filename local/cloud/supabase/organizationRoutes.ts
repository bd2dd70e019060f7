import { z } from "zod";
import { organization, type Api, type ApiRoutes } from "./api.ts";
import { ApiError, validate } from "./apiError.ts";
import { computeSize } from "./addonRoutes.ts";
import type { Project } from "./projectStore.ts";

export function addOrganizationRoutes(app: ApiRoutes, api: Api): void {
  app.get("/v1/organizations", (c) => c.json([organization]));

  app.get("/v1/organizations/:slug", (c) => {
    requireOrganization(c.req.param("slug"));
    const { id, name } = organization;
    return c.json({ id, name, plan: "pro", opt_in_tags: [], allowed_release_channels: ["ga"] });
  });

  app.get("/v1/organizations/:slug/projects", async (c) => {
    requireOrganization(c.req.param("slug"));
    const { offset, limit, search, sort, statuses } = validate(listQuery, c.req.query());
    const wanted = statuses?.split(",");
    const found = (await api.projects.listed())
      .filter((project) => !search || project.name.toLowerCase().includes(search.toLowerCase()))
      .filter((project) => !wanted || wanted.includes(project.status))
      .sort(orders[sort]);
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

const listQuery = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(100),
  search: z.string().optional(),
  sort: z.enum(["name_asc", "name_desc", "created_asc", "created_desc"]).default("name_asc"),
  statuses: z.string().optional(),
});

const orders = {
  name_asc: (a: Project, b: Project) => a.name.localeCompare(b.name),
  name_desc: (a: Project, b: Project) => b.name.localeCompare(a.name),
  created_asc: (a: Project, b: Project) => a.number - b.number,
  created_desc: (a: Project, b: Project) => b.number - a.number,
};

function formatListed(project: Project) {
  const { ref, name, region, status } = project;
  return {
    ref,
    name,
    cloud_provider: "AWS",
    region,
    is_branch: false,
    status,
    inserted_at: project.createdAt.toISOString(),
    databases: [
      {
        infra_compute_size: computeSize(project),
        region,
        status,
        cloud_provider: "AWS",
        identifier: ref,
        type: "PRIMARY",
      },
    ],
  };
}
