import { ProviderError } from "../shared/providerError.ts";
import { textOf, type Value } from "../shared/propertyMap.ts";
import type { Provider } from "../shared/provider.ts";
import type { Setting } from "../shared/resource.ts";
import { CloudflareClient, cloudflareVersion } from "./cloudflareClient.ts";
import { dnsRecord } from "./dnsRecord.ts";

/** Stands in for plugin `cloudflare` 6.22.1 with the one resource that StageSub uses, on machines that cannot fetch the plugin. */
export const cloudflareProvider: Provider<CloudflareClient> = {
  plugin: { name: "cloudflare", version: cloudflareVersion },
  configuration: {
    apiKey: { ...setting("CLOUDFLARE_API_KEY"), secret: true, unimplemented: true },
    apiToken: { ...setting("CLOUDFLARE_API_TOKEN"), secret: true, problem: tokenProblem },
    apiUserServiceKey: { ...setting("CLOUDFLARE_API_USER_SERVICE_KEY"), secret: true, unimplemented: true },
    baseUrl: setting("CLOUDFLARE_BASE_URL"),
    email: { ...setting("CLOUDFLARE_EMAIL"), unimplemented: true },
    userAgentOperatorSuffix: { ...setting("CLOUDFLARE_USER_AGENT_OPERATOR_SUFFIX"), unimplemented: true },
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
};

const defaultBaseUrl = "https://api.cloudflare.com/client/v4";

function setting(environment: string): Setting {
  return { kind: "optional", type: "string", environment };
}

function tokenProblem(token: Value): string | undefined {
  return /^[0-9A-Za-z\-_]{40,80}$/.test(textOf(token))
    ? undefined
    : "Invalid Attribute Value Match. API tokens must only contain characters a-z, A-Z, 0-9, hyphens and underscores, 40 to 80 of them.";
}
