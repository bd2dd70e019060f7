import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { readBody } from "./apiError.ts";
import { findVariant, listAddons } from "./catalogue.ts";

/** Adds the routes of add-ons, of which only the compute size can be chosen. A new size takes effect at once: nothing here has to restart. */
export function addAddonRoutes(app: ApiRoutes, api: Api): void {
  app.get("/v1/projects/:ref/billing/addons", (c) =>
    c.json({
      selected_addons: [findVariant(c.get("project").addon ?? "")].filter(Boolean),
      available_addons: listAddons(),
    }),
  );

  app.patch("/v1/projects/:ref/billing/addons", async (c) => {
    const { addon_variant: addon } = await readBody(c, applyBody);
    await api.projects.update(c.get("project").ref, { addon });
    return c.body(null, 200);
  });
}

const compute = "compute_instance";
const applyBody = z.object({
  addon_type: z.literal(compute),
  addon_variant: z.string().refine((id) => findVariant(id)?.type === compute, "Invalid add-on variant"),
});
