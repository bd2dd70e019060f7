import { z } from "zod";
import type { ApiRoutes } from "./api.ts";
import { validate } from "./apiError.ts";
import { isDataApiOn } from "./configRoutes.ts";
import type { Project } from "./projectStore.ts";

/** Adds the health of a project's services. Only the database exists here; the others share its fate. */
export function addServiceRoutes(app: ApiRoutes): void {
  app.get("/v1/projects/:ref/health", (c) => {
    // Both spellings: `services=db&services=pooler` and `services=db,pooler`.
    const services = (c.req.queries("services") ?? []).flatMap((text) => text.split(","));
    const query = validate(healthQuery, { services });
    return c.json(query.services.map((name) => describeHealth(c.get("project"), name)));
  });
}

const serviceNames = ["auth", "db", "db_postgres_user", "pooler", "realtime", "rest", "storage", "pg_bouncer"] as const;
const healthQuery = z.object({ services: z.array(z.enum(serviceNames)).min(1) });

function describeHealth(project: Project, name: (typeof serviceNames)[number]) {
  if (project.status === "COMING_UP" || project.status === "RESTORING") {
    return { name, healthy: false, status: "COMING_UP" };
  }
  const down = project.status !== "ACTIVE_HEALTHY" || (name === "rest" && !isDataApiOn(project));
  if (!down) return { name, healthy: true, status: "ACTIVE_HEALTHY" };
  const error = JSON.stringify({ error: `Service ${name} is not running` });
  return { name, healthy: false, status: "UNHEALTHY", error };
}
