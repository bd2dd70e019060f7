import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { ApiError, readBody } from "./apiError.ts";
import { defaultInstanceSize, findVariant, instanceSizes, regions, smartGroups } from "./catalogue.ts";
import { requireOrganization } from "./organizationRoutes.ts";
import type { Project } from "./projectStore.ts";
import { whileServerReturns } from "./whileServerReturns.ts";

/** Adds the routes of projects as a whole. Names need not be unique, as at Supabase: the ref is the identity. */
export function addProjectRoutes(app: ApiRoutes, api: Api): void {
  const { projects, cluster } = api;
  const wait = api.settings.projectWaitMs;

  app.get("/v1/projects", async (c) => c.json((await projects.listed()).map(formatWithDatabase)));

  app.post("/v1/projects", async (c) => {
    const body = await readBody(c, createBody);
    requireOrganization(body.organization);
    const project = await projects.create({ ...body, organizationSlug: body.organization }, c.get("unlistedMs"));
    try {
      // Before the answer, so that no password has to be kept for later.
      await whileServerReturns(() => cluster.createProject(project.ref, body.password));
    } catch (error) {
      await cluster.dropProject(project.ref);
      await projects.remove(project.ref);
      throw error;
    }
    await whileServerReturns(() =>
      projects.setStatus(project.ref, "COMING_UP", { status: "ACTIVE_HEALTHY", afterMs: wait }),
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

  app.get("/v1/projects/:ref/database/backups", (c) =>
    c.json({
      region: c.get("project").region,
      walg_enabled: true,
      pitr_enabled: c.get("project").addons.some((id) => id.startsWith("pitr_")),
      // The local cloud makes no backups by itself.
      backups: [],
      physical_backup_data: {},
    }),
  );

  app.post("/v1/projects/:ref/pause", async (c) => {
    const { ref, status } = c.get("project");
    if (status !== "ACTIVE_HEALTHY") throw new ApiError(400, `Project cannot be paused while its status is ${status}`);
    await projects.setStatus(ref, "PAUSING", { status: "INACTIVE", afterMs: wait });
    await cluster.withDatabase("postgres", (client) =>
      client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [ref]),
    );
    return c.body(null, 200);
  });

  app.post("/v1/projects/:ref/restore", async (c) => {
    const { ref, status } = c.get("project");
    if (status !== "INACTIVE") throw new ApiError(400, `Project cannot be restored while its status is ${status}`);
    await projects.setStatus(ref, "RESTORING", { status: "ACTIVE_HEALTHY", afterMs: wait });
    return c.body(null, 200);
  });
}

const projectName = z.string().min(1).max(256);

/** Accepts the deprecated spellings too, `organization_id` and `region`: older providers send them. */
const createBody = z
  .object({
    db_pass: z.string().min(1),
    name: projectName,
    organization_slug: z
      .string()
      .regex(/^[\w-]+$/)
      .optional(),
    organization_id: z.string().optional(),
    region: z.enum(regions).optional(),
    region_selection: z
      .discriminatedUnion("type", [
        z.object({ type: z.literal("specific"), code: z.enum(regions) }),
        z.object({ type: z.literal("smartGroup"), code: z.enum(["americas", "emea", "apac"]) }),
      ])
      .optional(),
    desired_instance_size: z.enum(instanceSizes).default(defaultInstanceSize),
  })
  .transform((body, issues) => {
    const organization = body.organization_slug ?? body.organization_id;
    const selected = body.region_selection;
    const region = selected?.type === "smartGroup" ? smartGroups[selected.code] : (selected?.code ?? body.region);
    if (!organization) issues.addIssue({ code: "custom", path: ["organization_slug"], message: "Required" });
    if (body.region && selected) {
      const message = "Only one of region or region_selection can be specified";
      issues.addIssue({ code: "custom", path: ["region_selection"], message });
    } else if (!region) issues.addIssue({ code: "custom", path: ["region_selection"], message: "Required" });
    if (!organization || !region) return z.NEVER;
    // The sizes below micro come with the plan and are no add-on.
    const addon = `ci_${body.desired_instance_size}`;
    return {
      name: body.name,
      password: body.db_pass,
      organization,
      region,
      addons: findVariant(addon) ? [addon] : [],
    };
  });

function formatProject(project: Project) {
  const { ref, organizationSlug, name, region, status, createdAt } = project;
  return {
    id: ref,
    ref,
    organization_id: organizationSlug,
    organization_slug: organizationSlug,
    name,
    region,
    created_at: createdAt.toISOString(),
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
