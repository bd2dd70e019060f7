import { randomBytes } from "node:crypto";

import type { Engine } from "./engine.ts";

/** Returns the body with which Supabase's API creates a project. */
export function newProject(name: string, password: string) {
  const region_selection = { type: "specific", code: "eu-north-1" } as const;
  return { name, db_pass: password, organization_slug: "stagesub", region_selection };
}

/** Creates an empty project, as people did by hand. @returns the session connection of its owning role */
export async function createProject(
  { env, cloud }: Pick<Engine, "env" | "cloud">,
  name: string,
  password = randomBytes(12).toString("hex"),
): Promise<string> {
  const response = await fetch(`${env["SUPABASE_API_ENDPOINT"]!}/v1/projects`, {
    method: "POST",
    headers: { authorization: `Bearer ${env["SUPABASE_ACCESS_TOKEN"]!}`, "content-type": "application/json" },
    body: JSON.stringify(newProject(name, password)),
  });
  const { ref } = (await response.json()) as { ref: string };
  return `postgresql://postgres.${ref}:${password}@127.0.0.1:${cloud.ports.session}/postgres`;
}
