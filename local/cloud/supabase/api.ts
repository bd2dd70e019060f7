import type { Hono } from "hono";
import type { CloudContext } from "../context.ts";
import type { Project, ProjectStore } from "./projectStore.ts";

/** What the routes work on. */
export interface Api extends CloudContext {
  projects: ProjectStore;
}

/** Routes below `/v1/projects/:ref` find their project here. */
export interface ApiEnv {
  Variables: { project: Project };
}

export type ApiRoutes = Hono<ApiEnv>;

/** The one organization of the local cloud. As at Supabase, the id of an organization is its slug. */
export const organization = { id: "stagesub", slug: "stagesub", name: "StageSub" } as const;
