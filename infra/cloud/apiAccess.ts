import { UserError } from "../errors.ts";
import type { ApiAccess } from "./callApi.ts";

/** The sources that the official providers read, in their order: the stack's configuration, then the environment. */
const sources = {
  supabase: {
    name: "Supabase",
    token: ["supabase:accessToken", "SUPABASE_ACCESS_TOKEN"],
    baseUrl: ["supabase:endpoint", "SUPABASE_API_ENDPOINT"],
    default: "https://api.supabase.com",
  },
  cloudflare: {
    name: "Cloudflare",
    token: ["cloudflare:apiToken", "CLOUDFLARE_API_TOKEN"],
    baseUrl: ["cloudflare:baseUrl", "CLOUDFLARE_BASE_URL"],
    default: "https://api.cloudflare.com/client/v4",
  },
} as const;

/**
 * Returns the access to APIs that their official providers take.
 *
 * @param config reads a value of the stack's configuration, by its full key
 * @throws {UserError} with every token that is missing
 */
export function readApiAccess<Asked extends keyof typeof sources>(
  services: readonly Asked[],
  config: (key: string) => string | undefined,
  environment: NodeJS.ProcessEnv,
): Record<Asked, ApiAccess> {
  const find = ([key, variable]: readonly [string, string]) => config(key) || environment[variable];
  const missing: string[] = [];
  const entries = services.map((service): [Asked, ApiAccess] => {
    const { name, token: place, baseUrl, default: usual } = sources[service];
    const token = find(place) ?? "";
    if (token === "")
      missing.push(
        `Expected a token for ${name} in ${place[1]}, or encrypted in the stack file (\`pulumi config set --secret ${place[0]}\`); found none.`,
      );
    return [service, { token, baseUrl: find(baseUrl) || usual }];
  });
  if (missing.length > 0) throw new UserError("token-missing", missing.join("\n"));
  return Object.fromEntries(entries) as Record<Asked, ApiAccess>;
}
