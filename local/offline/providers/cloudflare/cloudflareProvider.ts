import { ProviderError } from "../shared/providerError.ts";
import { textOf } from "../shared/propertyMap.ts";
import type { Provider } from "../shared/provider.ts";
import { CloudflareClient } from "./cloudflareClient.ts";
import { dnsRecord } from "./dnsRecord.ts";
import { cloudflareSchema, cloudflareVersion } from "./schema.ts";

/** Stands in for plugin `cloudflare` 6.22.1 with its one resource that StageSub uses, for machines that cannot fetch it. */
export const cloudflareProvider: Provider<CloudflareClient> = {
  plugin: { name: "cloudflare", version: cloudflareVersion },
  schema: cloudflareSchema,
  configuration: {
    apiToken: { kind: "optional", type: "string", secret: true, environment: "CLOUDFLARE_API_TOKEN" },
    baseUrl: { kind: "optional", type: "string", environment: "CLOUDFLARE_BASE_URL" },
  },
  configure: (configuration) => {
    const token = textOf(configuration.apiToken);
    if (!token) {
      throw new ProviderError(
        "missing API token",
        "set cloudflare:apiToken or the CLOUDFLARE_API_TOKEN environment variable",
      );
    }
    const baseUrl = textOf(configuration.baseUrl) || defaultBaseUrl;
    return new CloudflareClient(baseUrl.replace(/\/$/, ""), token);
  },
  resources: { "cloudflare:index/dnsRecord:DnsRecord": dnsRecord },
  functions: {},
};

const defaultBaseUrl = "https://api.cloudflare.com/client/v4";
