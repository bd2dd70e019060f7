import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { ApiError, readBody } from "./apiError.ts";
import { defaultInstanceSize, findVariant, instanceSizes, regions } from "./catalogue.ts";
import { requireOrganization } from "./organizationRoutes.ts";
import type { Project } from "./projectStore.ts";
import { whileServerReturns } from "./whileServerReturns.ts";

/** Adds the routes of projects as a whole. Names need not be unique, as at Supabase: the ref is the identity. */
export function addProjectRoutes(app: ApiRoutes, api: Api): void {
  const { projects, cluster } = api;

  app.get("/v1/projects", async (c) => c.json((await projects.list()).map(formatWithDatabase)));

  app.post("/v1/projects", async (c) => {
    const body = await readBody(c, createBody);
    requireOrganization(body.organization);
    const project = await projects.create(body, c.get("unlistedMs"));
    try {
      // Before the answer, so that no password has to be kept for later.
      await whileServerReturns(() => cluster.createProject(project.ref, body.password));
    } catch (error) {
      // Whatever stopped it: a project that nobody was told of must not stay listed.
      await whileServerReturns(() => cluster.dropProject(project.ref));
      await whileServerReturns(() => projects.remove(project.ref));
      throw error;
    }
    await whileServerReturns(() =>
      projects.setStatus(project.ref, "COMING_UP", { status: "ACTIVE_HEALTHY", afterMs: api.settings.projectWaitMs }),
    );
    // The real API knows no status yet when it answers, and the list says COMING_UP.
    return c.json({ ...formatProject(project), status: "UNKNOWN" }, 201);
  });

  app.get("/v1/projects/:ref", (c) => c.json(formatWithDatabase(c.get("project"))));

  app.patch("/v1/projects/:ref", async (c) => {
    const { number, ref } = c.get("project");
    const { name } = await readBody(c, z.object({ name: projectName }));
    await projects.update(ref, { name });
    return c.json({ id: number, ref, name });
  });

  app.delete("/v1/projects/:ref", async (c) => {
    const { number, ref, name, status } = c.get("project");
    if (status === "COMING_UP") throw new ApiError(400, "Project not ready for deletion.");
    await projects.setStatus(ref, "GOING_DOWN");
    await cluster.dropProject(ref);
    await projects.remove(ref);
    return c.json({ id: number, ref, name });
  });

  app.patch("/v1/projects/:ref/database/password", async (c) => {
    const { password } = await readBody(c, z.object({ password: z.string().min(4) }));
    await cluster.setProjectPassword(c.get("project").ref, password);
    return c.json({ message: "Successfully updated password" });
  });

  app.post("/v1/projects/:ref/pause", async (c) => {
    const { ref, status } = c.get("project");
    if (status !== "ACTIVE_HEALTHY") throw new ApiError(400, `Project cannot be paused while its status is ${status}`);
    await projects.setStatus(ref, "PAUSING", { status: "INACTIVE", afterMs: api.settings.projectWaitMs });
    await cluster.withDatabase("postgres", (client) =>
      client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [ref]),
    );
    return c.body(null, 200);
  });

  app.post("/v1/projects/:ref/restore", async (c) => {
    const { ref, status } = c.get("project");
    if (status !== "INACTIVE") throw new ApiError(400, `Project cannot be restored while its status is ${status}`);
    await projects.setStatus(ref, "RESTORING", { status: "ACTIVE_HEALTHY", afterMs: api.settings.projectWaitMs });
    return c.body(null, 200);
  });
}

const projectName = z.string().min(1).max(256);

/** The deprecated spellings `organization_id` and `region` and groups of regions are refused: the provider sends none of them. */
const createBody = z
  .strictObject({
    db_pass: z.string().min(1),
    name: projectName,
    organization_slug: z.string(),
    region_selection: z.strictObject({ type: z.literal("specific"), code: z.enum(regions) }),
    desired_instance_size: z.enum(instanceSizes).default(defaultInstanceSize),
  })
  .transform((body) => ({
    name: body.name,
    password: body.db_pass,
    organization: body.organization_slug,
    region: body.region_selection.code,
    addon: findVariant(`ci_${body.desired_instance_size}`)?.variant.id ?? null,
  }));

function formatProject(project: Project) {
  const { ref, organization, name, region, status, createdAt } = project;
  return {
    id: ref,
    ref,
    organization_id: organization,
    organization_slug: organization,
    name,
    region,
    created_at: createdAt,
    status,
  };
}

function formatWithDatabase(project: Project) {
  return {
    ...formatProject(project),
    database: {
      host: `db.${project.ref}.supabase.co`,
      version: "17.6.1.054",
      postgres_engine: "17",
      release_channel: "ga",
    },
  };
}
