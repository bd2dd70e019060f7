/** Where an API answers and with which token. The token is secret. */
export interface ApiAccess {
  baseUrl: string;
  token: string;
}

/** What the official providers read, in their order: the stack's configuration, then the environment. */
const sources = {
  supabase: {
    token: ["supabase:accessToken", "SUPABASE_ACCESS_TOKEN"],
    baseUrl: ["supabase:endpoint", "SUPABASE_API_ENDPOINT"],
    default: "https://api.supabase.com",
  },
  cloudflare: {
    token: ["cloudflare:apiToken", "CLOUDFLARE_API_TOKEN"],
    baseUrl: ["cloudflare:baseUrl", "CLOUDFLARE_BASE_URL"],
    default: "https://api.cloudflare.com/client/v4",
  },
} as const;

/**
 * The same access that the official provider takes.
 *
 * @throws {ApiAccessError} without a token
 */
export function readApiAccess(
  service: keyof typeof sources,
  config: Record<string, string>,
  environment: NodeJS.ProcessEnv,
): ApiAccess {
  const { token, baseUrl, default: usual } = sources[service];
  const read = ([key, variable]: readonly [string, string]) => config[key] || environment[variable] || undefined;
  const found = read(token);
  if (found === undefined) {
    throw new ApiAccessError(
      `Expected a token for ${service === "supabase" ? "Supabase" : "Cloudflare"} in ${token[1]}, or encrypted in the stack file ` +
        `(\`pulumi config set --secret ${token[0]}\`); found none.`,
    );
  }
  return { token: found, baseUrl: read(baseUrl) ?? usual };
}

export class ApiAccessError extends Error {
  override readonly name = "ApiAccessError";
}
