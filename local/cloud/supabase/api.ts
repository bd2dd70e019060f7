import type { Hono } from "hono";
import type { CloudContext } from "../context.ts";
import type { Project, ProjectStore } from "./projectStore.ts";

/** The context of the routes. */
export interface Api extends CloudContext {
  projects: ProjectStore;
}

export interface ApiEnv {
  Variables: {
    /** Routes below `/v1/projects/:ref` find their project here. */
    project: Project;
    /** The time that a fault asks lists to leave out the project that is made, in milliseconds. */
    unlistedMs?: number;
  };
}

export type ApiRoutes = Hono<ApiEnv>;

/** The one organization of the local cloud. As at Supabase, the id of an organization is its slug. */
export const organization = { id: "stagesub", slug: "stagesub", name: "StageSub" } as const;
