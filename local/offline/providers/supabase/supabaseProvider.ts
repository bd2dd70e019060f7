import { ProviderError } from "../shared/providerError.ts";
import { textOf, type Values } from "../shared/propertyMap.ts";
import type { Provider } from "../shared/provider.ts";
import { parameterization } from "./parameterization.ts";
import { project } from "./project.ts";
import { packageHead, supabasePackage } from "./schema.ts";
import { settings } from "./settings.ts";
import { SupabaseClient } from "./supabaseClient.ts";
import { unimplemented } from "./unimplemented.ts";

/** Stands in for plugin `terraform-provider` carrying supabase/supabase 1.10.1, on machines that cannot fetch it. */
export const supabaseProvider: Provider<SupabaseClient> = {
  plugin: supabasePackage.bridge,
  parameterization,
  package: packageHead,
  configuration: {
    accessToken: {
      kind: "optional",
      type: "string",
      secret: true,
      environment: "SUPABASE_ACCESS_TOKEN",
      description: "Supabase access token. Can also be set via the `SUPABASE_ACCESS_TOKEN` environment variable.",
    },
    endpoint: {
      kind: "optional",
      type: "string",
      environment: "SUPABASE_API_ENDPOINT",
      description: "Supabase API endpoint. Can also be set via the `SUPABASE_API_ENDPOINT` environment variable.",
    },
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
  unimplemented,
};

const defaultEndpoint = "https://api.supabase.com";
