import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { readBody, validate } from "./apiError.ts";
import { networkDefaults, updateNetworkBody } from "./networkConfig.ts";
import type { Project } from "./projectStore.ts";

/**
 * Adds the settings of a project's services, which are kept and given back. The switch of the Data API shows in its health, the pooler's
 * address is the router's; nothing else is enforced: neither TLS nor networks nor keys.
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

  app.get("/v1/projects/:ref/api-keys/legacy", (c) => c.json({ enabled: c.get("project").legacyKeys }));
  app.put("/v1/projects/:ref/api-keys/legacy", async (c) => {
    const { enabled } = validate(
      z.object({ enabled: z.stringbool({ truthy: ["true"], falsy: ["false"] }) }),
      c.req.query(),
    );
    await projects.update(c.get("project").ref, { legacyKeys: enabled });
    return c.json({ enabled });
  });

  app.get("/v1/projects/:ref/config/database/pooler", (c) =>
    c.json([formatPooler(c.get("project").ref, api.settings.ports.transaction)]),
  );

  app.get("/v1/projects/:ref/health", (c) => {
    // Both spellings: `services=db&services=pooler` and `services=db,pooler`.
    const services = (c.req.queries("services") ?? []).flatMap((text) => text.split(","));
    const query = validate(healthQuery, { services });
    return c.json(query.services.map((name) => describeHealth(c.get("project"), name)));
  });
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
/** As on Supabase only the transaction mode is listed: the session mode is on the same host, on a port that follows a rule. */
function formatPooler(ref: string, port: number) {
  const user = `postgres.${ref}`;
  const url = `postgresql://${user}:[YOUR-PASSWORD]@127.0.0.1:${port}/postgres`;
  return {
    identifier: ref,
    database_type: "PRIMARY",
    is_using_scram_auth: true,
    db_user: user,
    db_host: "127.0.0.1",
    db_port: port,
    db_name: "postgres",
    connection_string: url,
    connectionString: url,
    // The sizes of the compute size.
    default_pool_size: null,
    max_client_conn: null,
    pool_mode: "transaction",
  };
}

const serviceNames = ["auth", "db", "db_postgres_user", "pooler", "realtime", "rest", "storage", "pg_bouncer"] as const;
const healthQuery = z.object({ services: z.array(z.enum(serviceNames)).min(1) });

/** Only the database exists here; the other services share its fate, and the Data API is down when no schema is exposed. */
function describeHealth(project: Project, name: (typeof serviceNames)[number]) {
  if (project.status === "COMING_UP" || project.status === "RESTORING") {
    return { name, healthy: false, status: "COMING_UP" };
  }
  const down = project.status !== "ACTIVE_HEALTHY" || (name === "rest" && readApi(project).db_schema === "");
  if (!down) return { name, healthy: true, status: "ACTIVE_HEALTHY" };
  const error = JSON.stringify({ error: `Service ${name} is not running` });
  return { name, healthy: false, status: "UNHEALTHY", error };
}
