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

type Service = keyof typeof sources;

/** Reads a value of the stack's configuration, by its full key. */
type ReadConfig = (key: string) => string | undefined;

/**
 * Returns the access that the official providers take.
 *
 * @throws {UserError} with every token that is missing
 */
export function readApiAccess(
  config: Record<string, string>,
  environment: NodeJS.ProcessEnv,
): Record<Service, ApiAccess> {
  const missing: string[] = [];
  const find = (service: Service): ApiAccess => {
    const access = read(service, (key) => config[key], environment);
    if (access.token === "") missing.push(explainMissing(service));
    return access;
  };
  const access = { supabase: find("supabase"), cloudflare: find("cloudflare") };
  if (missing.length > 0) throw new UserError("token-missing", missing.join("\n"));
  return access;
}

/**
 * Returns the access to Supabase, for code that never asks Cloudflare.
 *
 * @throws {UserError} without a token
 */
export function readSupabaseAccess(config: ReadConfig, environment: NodeJS.ProcessEnv): ApiAccess {
  return readOne("supabase", config, environment);
}

/**
 * Returns the access to Cloudflare.
 *
 * @throws {UserError} without a token
 */
export function readCloudflareAccess(config: ReadConfig, environment: NodeJS.ProcessEnv): ApiAccess {
  return readOne("cloudflare", config, environment);
}

function readOne(service: Service, config: ReadConfig, environment: NodeJS.ProcessEnv): ApiAccess {
  const access = read(service, config, environment);
  if (access.token === "") throw new UserError("token-missing", explainMissing(service));
  return access;
}

function read(service: Service, config: ReadConfig, environment: NodeJS.ProcessEnv): ApiAccess {
  const { token, baseUrl, default: usual } = sources[service];
  const find = ([key, variable]: readonly [string, string]) => config(key) || environment[variable] || undefined;
  return { token: find(token) ?? "", baseUrl: find(baseUrl) ?? usual };
}

function explainMissing(service: Service): string {
  const { name, token } = sources[service];
  return `Expected a token for ${name} in ${token[1]}, or encrypted in the stack file (\`pulumi config set --secret ${token[0]}\`); found none.`;
}
