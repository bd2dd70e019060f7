import { ProviderError } from "../shared/providerError.ts";
import { textOf, type Values } from "../shared/propertyMap.ts";
import type { Provider } from "../shared/provider.ts";
import { bridge, parameterization } from "./parameterization.ts";
import { project } from "./project.ts";
import { settings } from "./settings.ts";
import { SupabaseClient } from "./supabaseClient.ts";

/** Stands in for plugin `terraform-provider` carrying supabase/supabase 1.10.1, on machines that cannot fetch it. */
export const supabaseProvider: Provider<SupabaseClient> = {
  plugin: bridge,
  parameterization,
  configuration: {
    accessToken: { kind: "optional", type: "string", secret: true, environment: "SUPABASE_ACCESS_TOKEN" },
    endpoint: { kind: "optional", type: "string", environment: "SUPABASE_API_ENDPOINT" },
  },
  configure: (configuration: Values) => {
    const token = textOf(configuration.accessToken).trim();
    if (!token) {
      throw new ProviderError(
        "Missing Supabase API Access Token",
        "Set the access token using either the access_token parameter or the SUPABASE_ACCESS_TOKEN environment variable",
        "access_token",
      );
    }
    const endpoint = textOf(configuration.endpoint) || defaultEndpoint;
    return new SupabaseClient(endpoint.replace(/\/$/, ""), token);
  },
  resources: { "supabase:index/project:Project": project, "supabase:index/settings:Settings": settings },
};

const defaultEndpoint = "https://api.supabase.com";
