import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Service, StartService } from "../context.ts";
import { isBearer } from "../http/bearer.ts";
import { listen } from "../http/listen.ts";
import { logRequests } from "../http/logRequests.ts";
import { createRateLimit } from "../http/rateLimit.ts";
import { addAddonRoutes } from "./addonRoutes.ts";
import type { Api, ApiEnv } from "./api.ts";
import { ApiError } from "./apiError.ts";
import { addConfigRoutes } from "./configRoutes.ts";
import { addLogRoutes } from "./logRoutes.ts";
import { addOrganizationRoutes } from "./organizationRoutes.ts";
import { addProjectRoutes } from "./projectRoutes.ts";
import { openProjectStore } from "./projectStore.ts";

/**
 * Starts Supabase's Management API (`https://api.supabase.com/v1`), as far as its Terraform provider 1.10.1 and our program use it.
 * Statuses and shapes follow its OpenAPI document; the Go client of the provider reads a body only if status and content type fit. Not
 * imitated: branches, functions, secrets, replicas, disk, logs but PostgreSQL's, backups, API keys, add-ons but the compute size, the settings of PostgreSQL,
 * Auth and Storage.
 */
export const startSupabaseApi: StartService = async (context) => {
  const projects = await openProjectStore(context.store);
  const api: Api = { ...context, projects };
  await resumeProjects(api);
  const service = await listen("supabase", context.settings.ports.supabase, createApp(api));
  return settleEverySecond(api, service);
};

function createApp(api: Api): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  // Per user, endpoint and project or organization: the reference is part of the path.
  const rateLimit = createRateLimit(120, 60_000);

  app.use(logRequests("supabase", (line) => api.log(line)));
  app.use(api.faults.intercept("supabase"));
  app.use(bodyLimit({ maxSize: 1_000_000 }));
  app.use(async (c, next) => {
    if (!isBearer(c.req.header("authorization"), api.settings.tokens.supabase)) throw new ApiError(401, "Unauthorized");
    const rate = rateLimit.take(`${c.req.method} ${c.req.path}`);
    c.header("X-RateLimit-Limit", String(rate.limit));
    c.header("X-RateLimit-Remaining", String(rate.remaining));
    c.header("X-RateLimit-Reset", String(rate.resetSeconds));
    if (!rate.allowed) throw new ApiError(429, "ThrottlerException: Too Many Requests");
    await next();
  });
  const findProject = async (ref: string) => {
    if (!/^[a-z]{20}$/.test(ref)) throw new ApiError(400, "ref: Project ref must be 20 lower-case letters");
    const project = await api.projects.find(ref);
    if (!project) throw new ApiError(404, "Project not found");
    return project;
  };
  app.use("/v1/projects/:ref/*", async (c, next) => {
    c.set("project", await findProject(c.req.param("ref")));
    await next();
  });

  addOrganizationRoutes(app, api);
  addProjectRoutes(app, api);
  addAddonRoutes(app, api);
  addConfigRoutes(app, api);
  addLogRoutes(app, api);

  app.notFound((c) => c.json({ message: `Cannot ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json({ message: error.message }, error.status);
    api.log(`supabase: ${c.req.method} ${c.req.path} failed: ${error.message}`);
    return c.json({ message: "Internal server error" }, 500);
  });
  return app;
}

/**
 * Finishes the deletions that the last process had begun, and removes unfinished projects: nobody was told of them, and nobody knows their
 * passwords.
 */
async function resumeProjects({ projects, cluster }: Api): Promise<void> {
  for (const { ref } of await projects.listInterrupted()) {
    await cluster.dropProject(ref);
    await projects.remove(ref);
  }
}

/** Settles statuses every second: the router reads them from the table, so they must change without a call to the API. */
function settleEverySecond(api: Api, service: Service): Service {
  const settle = () => api.projects.settle().catch((error: Error) => api.log(`supabase: ${error.message}`));
  const timer = setInterval(() => void settle(), 1000);
  return {
    ...service,
    async close() {
      clearInterval(timer);
      await service.close();
    },
  };
}
