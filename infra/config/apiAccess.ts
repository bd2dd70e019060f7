/** Where an API answers and with which token. The token is secret. */
export interface ApiAccess {
  baseUrl: string;
  token: string;
}

/** What the official providers read, in their order: the stack's configuration, then the environment. */
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

type Service = keyof typeof sources;

/**
 * The same access that the official providers take.
 *
 * @throws {ApiAccessError} with every token that is missing
 */
export function readApiAccess(
  config: Record<string, string>,
  environment: NodeJS.ProcessEnv,
): Record<Service, ApiAccess> {
  const read = ([key, variable]: readonly [string, string]) => config[key] || environment[variable] || undefined;
  const missing: string[] = [];
  const readOne = (service: Service): ApiAccess => {
    const { name, token, baseUrl, default: usual } = sources[service];
    const found = read(token);
    if (found === undefined) {
      missing.push(
        `Expected a token for ${name} in ${token[1]}, or encrypted in the stack file (\`pulumi config set --secret ${token[0]}\`); found none.`,
      );
    }
    return { token: found ?? "", baseUrl: read(baseUrl) ?? usual };
  };
  const access = { supabase: readOne("supabase"), cloudflare: readOne("cloudflare") };
  if (missing.length > 0) throw new ApiAccessError(missing.join("\n"));
  return access;
}

export class ApiAccessError extends Error {
  override readonly name = "ApiAccessError";
}
