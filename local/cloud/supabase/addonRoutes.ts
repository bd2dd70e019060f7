import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { ApiError, readBody } from "./apiError.ts";
import { addonTypes, findVariant, listAddons } from "./catalogue.ts";
import type { Project } from "./projectStore.ts";

/** Adds the routes of add-ons, among them the compute size. A new size takes effect at once: nothing here has to restart. */
export function addAddonRoutes(app: ApiRoutes, api: Api): void {
  app.get("/v1/projects/:ref/billing/addons", (c) =>
    c.json({
      selected_addons: c.get("project").addons.flatMap((id) => findVariant(id) ?? []),
      available_addons: listAddons(),
    }),
  );

  app.patch("/v1/projects/:ref/billing/addons", async (c) => {
    const { ref, addons } = c.get("project");
    const body = await readBody(c, applyBody);
    await api.projects.update(ref, { addons: [...withoutType(addons, body.addon_type), body.addon_variant] });
    return c.body(null, 200);
  });

  app.delete("/v1/projects/:ref/billing/addons/:variant", async (c) => {
    const { ref, addons } = c.get("project");
    const variant = c.req.param("variant");
    if (!addons.includes(variant)) throw new ApiError(404, `Addon ${variant} is not selected`);
    await api.projects.update(ref, { addons: addons.filter((id) => id !== variant) });
    return c.body(null, 200);
  });
}

/** Returns the size that the project runs on; without an add-on, the plan's own. */
export function computeSize(project: Project): string {
  return project.addons.find((id) => id.startsWith("ci_"))?.slice("ci_".length) ?? "nano";
}

const applyBody = z
  .object({ addon_type: z.enum(addonTypes), addon_variant: z.string() })
  .refine((body) => findVariant(body.addon_variant)?.type === body.addon_type, {
    path: ["addon_variant"],
    message: "Invalid add-on variant",
  });

function withoutType(addons: string[], type: string): string[] {
  return addons.filter((id) => findVariant(id)?.type !== type);
}
