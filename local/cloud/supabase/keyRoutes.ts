import { createHmac } from "node:crypto";
import { z } from "zod";
import type { Api, ApiRoutes } from "./api.ts";
import { validate } from "./apiError.ts";
import type { Project } from "./projectStore.ts";

/** API keys: the legacy JWTs and the newer publishable and secret key. */
export function addKeyRoutes(app: ApiRoutes, api: Api): void {
  app.get("/v1/projects/:ref/api-keys", (c) => {
    const { reveal } = validate(z.object({ reveal: booleanText.default(false) }), c.req.query());
    return c.json(listKeys(c.get("project"), reveal));
  });

  app.get("/v1/projects/:ref/api-keys/legacy", (c) => c.json({ enabled: c.get("project").legacyKeys }));

  app.put("/v1/projects/:ref/api-keys/legacy", async (c) => {
    const { enabled } = validate(z.object({ enabled: booleanText }), c.req.query());
    await api.projects.update(c.get("project").ref, { legacyKeys: enabled });
    return c.json({ enabled });
  });
}

const booleanText = z.enum(["true", "false"]).transform((text) => text === "true");

function listKeys(project: Project, reveal: boolean) {
  const secret = `sb_secret_${deriveKey(project, "secret")}`;
  return [
    { name: "anon", type: "legacy", id: "anon", api_key: signKey(project, "anon") },
    { name: "service_role", type: "legacy", id: "service_role", api_key: signKey(project, "service_role") },
    {
      name: "default",
      type: "publishable",
      id: deriveId(project, "publishable"),
      api_key: `sb_publishable_${deriveKey(project, "publishable")}`,
    },
    {
      name: "default",
      type: "secret",
      id: deriveId(project, "secret"),
      // Shown only on demand, as the real API does.
      api_key: reveal ? secret : `${secret.slice(0, 15)}${"·".repeat(16)}`,
      prefix: secret.slice(10, 15),
    },
  ].map((key) => ({
    ...key,
    description: null,
    inserted_at: project.createdAt.toISOString(),
    updated_at: project.createdAt.toISOString(),
  }));
}

/** A JWT with the claims that Supabase's legacy keys carry, good for ten years from the project's first day. */
function signKey(project: Project, role: string): string {
  const issued = Math.floor(project.createdAt.getTime() / 1000);
  const claims = { iss: "supabase", ref: project.ref, role, iat: issued, exp: issued + 10 * 365 * 24 * 3600 };
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${createHmac("sha256", project.jwtSecret).update(text).digest("base64url")}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function deriveKey(project: Project, purpose: string): string {
  return createHmac("sha256", project.jwtSecret).update(purpose).digest("base64url").slice(0, 31);
}

function deriveId(project: Project, purpose: string): string {
  const hex = createHmac("sha256", project.jwtSecret).update(`${purpose} id`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
