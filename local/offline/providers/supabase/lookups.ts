import { textOf } from "../shared/propertyMap.ts";
import type { Attributes, Lookup } from "../shared/resource.ts";
import type { SupabaseClient } from "./supabaseClient.ts";

const args: Attributes = { projectRef: { kind: "required", type: "string" } };

/** `supabase_pooler`: the connection string of each pooler mode of the primary, password left as a placeholder. */
export const getPooler: Lookup<SupabaseClient> = {
  arguments: args,
  read: async (client, { projectRef = "" }, { signal }) => {
    const path = `/${textOf(projectRef)}/config/database/pooler`;
    const { body } = await client.send({
      method: "GET",
      path,
      failure: "Unable to read pooler",
      accepts: [200],
      signal,
    });
    const primary = (body as PoolerEntry[]).filter(({ database_type }) => database_type === "PRIMARY");
    const url = Object.fromEntries(primary.map((entry) => [entry.pool_mode, entry.connection_string]));
    return { projectRef, url };
  },
};

/** `supabase_apikeys`: the project's keys, in clear. */
export const getApikeys: Lookup<SupabaseClient> = {
  arguments: args,
  read: async (client, { projectRef = "" }, { signal }) => {
    const path = `/${textOf(projectRef)}/api-keys?reveal=true`;
    const { body } = await client.send({
      method: "GET",
      path,
      failure: "Unable to read API keys",
      accepts: [200],
      signal,
    });
    const keys = body as ApiKey[];
    const find = (type: string, name?: string) =>
      keys.find((key) => key.type === type && (name === undefined || key.name === name))?.api_key ?? null;
    return {
      projectRef,
      anonKey: find("legacy", "anon"),
      serviceRoleKey: find("legacy", "service_role"),
      publishableKey: find("publishable"),
      secretKeys: keys
        .filter(({ type }) => type === "secret")
        .map(({ name, api_key }) => ({ name, apiKey: api_key ?? null })),
    };
  },
};

interface PoolerEntry {
  database_type: string;
  pool_mode: string;
  connection_string: string;
}

interface ApiKey {
  type?: string | null;
  name: string;
  api_key?: string | null;
}
