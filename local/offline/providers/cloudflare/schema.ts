/** The version of the official plugin and of the npm package `@pulumi/cloudflare`; the engine asks for exactly this one. */
export const cloudflareVersion = "6.22.1";

/** The part of the package's schema that this stand-in serves. */
export function cloudflareSchema(): object {
  return {
    name: "cloudflare",
    version: cloudflareVersion,
    description: "Stands in for the Cloudflare package with the resources that StageSub uses.",
    meta: { moduleFormat: "(.*)(?:/[^/]*)" },
    config: { variables: configuration },
    types: {
      [settingsToken]: {
        type: "object",
        properties: { flattenCname: boolean, ipv4Only: boolean, ipv6Only: boolean },
      },
    },
    provider: { type: "object", properties: configuration, inputProperties: configuration },
    resources: {
      "cloudflare:index/dnsRecord:DnsRecord": {
        properties: { ...inputs, ...computed },
        required: [
          ...requiredInputs,
          "content",
          "includeShadowMetadata",
          "proxied",
          "settings",
          "tags",
          ...Object.keys(computed),
        ],
        inputProperties: inputs,
        requiredInputs,
        stateInputs: { type: "object", properties: { ...inputs, ...computed } },
      },
    },
  };
}

const settingsToken = "cloudflare:index/DnsRecordSettings:DnsRecordSettings";
const string = { type: "string" };
const boolean = { type: "boolean" };
const number = { type: "number" };

const configuration = { apiToken: { ...string, secret: true }, baseUrl: string };

const requiredInputs = ["name", "ttl", "type", "zoneId"];
const inputs = {
  comment: string,
  content: string,
  data: { type: "object", additionalProperties: { $ref: "pulumi.json#/Any" } },
  includeShadowMetadata: boolean,
  name: string,
  priority: number,
  privateRouting: boolean,
  proxied: boolean,
  settings: { $ref: `#/types/${settingsToken}` },
  tags: { type: "array", items: string },
  ttl: number,
  type: string,
  zoneId: string,
};
const computed = {
  commentModifiedOn: string,
  createdOn: string,
  meta: string,
  modifiedOn: string,
  proxiable: boolean,
  tagsModifiedOn: string,
};
