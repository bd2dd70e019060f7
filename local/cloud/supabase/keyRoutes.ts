import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { validate } from "./apiError.ts";

/** Adds the switch of the legacy JWT keys. The keys themselves open the Data API, which nobody here uses. */
export function addKeyRoutes(app: ApiRoutes, api: Api): void {
  app.get("/v1/projects/:ref/api-keys/legacy", (c) => c.json({ enabled: c.get("project").legacyKeys }));

  app.put("/v1/projects/:ref/api-keys/legacy", async (c) => {
    const { enabled } = validate(z.object({ enabled: booleanText }), c.req.query());
    await api.projects.update(c.get("project").ref, { legacyKeys: enabled });
    return c.json({ enabled });
  });
}

const booleanText = z.enum(["true", "false"]).transform((text) => text === "true");
