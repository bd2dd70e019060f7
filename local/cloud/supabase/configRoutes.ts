import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { readBody } from "./apiError.ts";
import { networkDefaults, updateNetworkBody } from "./networkConfig.ts";
import type { Project } from "./projectStore.ts";

/**
 * Adds the settings of a project's services, which are kept and given back. Only the Data API's switch shows elsewhere (its health); the
 * cluster enforces neither TLS nor network restrictions.
 */
export function addConfigRoutes(app: ApiRoutes, api: Api): void {
  const { projects } = api;

  app.get("/v1/projects/:ref/postgrest", (c) => c.json(readApi(c.get("project"))));
  app.patch("/v1/projects/:ref/postgrest", async (c) => {
    const project = c.get("project");
    const api = { ...project.config.api, ...(await readBody(c, updateApiBody)) };
    await projects.setConfig(project.ref, "api", api);
    return c.json({ ...apiDefaults, ...api });
  });

  app.get("/v1/projects/:ref/ssl-enforcement", (c) => c.json(readSsl(c.get("project").config.ssl)));
  app.put("/v1/projects/:ref/ssl-enforcement", async (c) => {
    const { requestedConfig } = await readBody(c, updateSslBody);
    await projects.setConfig(c.get("project").ref, "ssl", requestedConfig);
    return c.json(readSsl(requestedConfig));
  });

  app.get("/v1/projects/:ref/network-restrictions", (c) => c.json(readNetwork(c.get("project").config.network)));
  app.post("/v1/projects/:ref/network-restrictions/apply", async (c) => {
    const network = await readBody(c, updateNetworkBody);
    await projects.setConfig(c.get("project").ref, "network", network);
    return c.json(readNetwork(network), 201);
  });
}

/** Tells whether the Data API is on: it is off when no schema is exposed. */
export function isDataApiOn(project: Project): boolean {
  return readApi(project).db_schema !== "";
}

const apiDefaults = {
  db_schema: "public,graphql_public",
  max_rows: 1000,
  db_extra_search_path: "public, extensions",
  db_pool: null,
};

const updateApiBody = z.strictObject({
  db_schema: z.string().optional(),
  max_rows: z.number().int().min(0).max(1_000_000).optional(),
  db_extra_search_path: z.string().optional(),
  db_pool: z.number().int().min(0).max(1000).optional(),
});

const updateSslBody = z.strictObject({ requestedConfig: z.strictObject({ database: z.boolean() }) });

function readApi(project: Pick<Project, "config" | "jwtSecret">) {
  return { ...apiDefaults, ...project.config.api, jwt_secret: project.jwtSecret };
}

function readSsl(ssl: Record<string, unknown> | undefined) {
  return { currentConfig: { database: ssl?.["database"] === true }, appliedSuccessfully: true };
}

function readNetwork(network: Record<string, unknown> | undefined) {
  return { entitlement: "allowed", config: network ?? networkDefaults, status: "applied" };
}
