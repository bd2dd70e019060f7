/** The Terraform provider that this stands in for, and the bridge plugin that would carry it. */
export const supabasePackage = {
  name: "supabase",
  version: "1.9.1",
  bridge: { name: "terraform-provider", version: "1.4.0" },
  registryUrl: "registry.opentofu.org/supabase/supabase",
} as const;

/** What the generated SDK carries as its parameter: the bridge reads it back in `Parameterize`. */
export const parameter = JSON.stringify({
  remote: { url: supabasePackage.registryUrl, version: supabasePackage.version },
});

/**
 * The Pulumi package schema that the bridge derives from supabase/supabase 1.9.1, cut to what StageSub uses.
 * `sdks/supabase` was generated from it by Pulumi's own generator.
 */
export function supabaseSchema(): object {
  return {
    name: supabasePackage.name,
    version: supabasePackage.version,
    description: "A Pulumi provider dynamically bridged from supabase.",
    attribution:
      "This Pulumi package is based on the [`supabase` Terraform Provider](https://github.com/supabase/terraform-provider-supabase).",
    repository: "https://github.com/supabase/terraform-provider-supabase",
    publisher: "supabase",
    meta: { moduleFormat: "(.*)(?:/[^/]*)" },
    language: {
      nodejs: {
        packageDescription: "A Pulumi provider dynamically bridged from supabase.",
        compatibility: "tfbridge20",
        disableUnionOutputTypes: true,
        liftSingleValueMethodReturns: true,
        respectSchemaVersion: true,
      },
    },
    config: { variables: configuration },
    types: {
      [typeToken("ProjectTimeouts")]: { type: "object", properties: timeouts },
      [typeToken("SettingsTimeouts")]: { type: "object", properties: timeouts },
      [typeToken("getApikeysSecretKey")]: {
        type: "object",
        properties: { apiKey: secret("Value of the key."), name: text("Name of the key.") },
        required: ["apiKey", "name"],
        language: { nodejs: { requiredInputs: [] } },
      },
    },
    provider: { properties: configuration, inputProperties: configuration, type: "object" },
    resources: {
      "supabase:index/project:Project": resource(
        projectProperties,
        ["databasePassword", "instanceSize", "legacyApiKeysEnabled", "name", "organizationId", "region"],
        ["databasePassword", "organizationId", "region"],
      ),
      "supabase:index/settings:Settings": resource(settingsProperties, ["projectRef"], ["projectRef"]),
    },
    functions: {
      "supabase:index/getApikeys:getApikeys": lookup({
        anonKey: secret("Legacy `anon` key of the project."),
        publishableKey: secret("Publishable key of the project."),
        secretKeys: { type: "array", items: { $ref: `#/types/${typeToken("getApikeysSecretKey")}` }, secret: true },
        serviceRoleKey: secret("Legacy `service_role` key of the project."),
      }),
      "supabase:index/getPooler:getPooler": lookup({
        url: {
          type: "object",
          additionalProperties: { type: "string" },
          description: "Connection string of each pooler mode.",
        },
      }),
    },
    parameterization: {
      baseProvider: { name: supabasePackage.bridge.name, version: supabasePackage.bridge.version },
      parameter: Buffer.from(parameter).toString("base64"),
    },
  };
}

type Property = Record<string, unknown>;
const text = (description: string): Property => ({ type: "string", description });
const secret = (description: string): Property => ({ ...text(description), secret: true });
const typeToken = (name: string): string => `supabase:index/${name}:${name}`;

const duration = 'How long to wait, as a duration such as "30s" or "20m". Default 5 minutes.';
const timeouts = { create: text(duration), update: text(duration) };

const configuration = {
  accessToken: secret("Access token of the Management API; else `SUPABASE_ACCESS_TOKEN`."),
  endpoint: text("Address of the Management API; else `SUPABASE_API_ENDPOINT`; else https://api.supabase.com."),
};

const projectProperties = {
  databasePassword: secret("Password of the project's database role `postgres`."),
  instanceSize: text("Compute size of the project, such as `micro` or `small`."),
  legacyApiKeysEnabled: {
    type: "boolean",
    description: "Whether the JWT-based `anon` and `service_role` keys work.",
    deprecationMessage:
      "Deprecated. This field will be removed once the transition to publishable and secret keys is complete.",
  },
  name: text("Name of the project."),
  organizationId: text("Slug of the organization."),
  region: text("Region of the project, such as `eu-north-1`. It cannot change."),
  timeouts: { $ref: `#/types/${typeToken("ProjectTimeouts")}` },
};

const settingsProperties = {
  api: text("Data API settings, as JSON."),
  auth: text("Auth settings, as JSON."),
  database: text("Database settings, as JSON."),
  network: text('Network settings, as JSON: `{"restrictions":["203.0.113.0/24"]}`.'),
  pooler: text("Pooler settings, as JSON."),
  projectRef: text("Reference of the project."),
  sslEnforcement: { type: "boolean", description: "Whether every database connection must use TLS." },
  storage: text("Storage settings, as JSON."),
  timeouts: { $ref: `#/types/${typeToken("SettingsTimeouts")}` },
};

function resource(properties: Record<string, Property>, required: string[], requiredInputs: string[]): object {
  return {
    properties,
    required,
    inputProperties: properties,
    requiredInputs,
    stateInputs: { type: "object", properties },
  };
}

function lookup(outputs: Record<string, Property>): object {
  const properties: Record<string, Property> = {
    ...outputs,
    id: text("The provider-assigned unique ID for this managed resource."),
    projectRef: text("Reference of the project."),
  };
  return {
    inputs: { type: "object", properties: { projectRef: properties.projectRef }, required: ["projectRef"] },
    outputs: { type: "object", properties, required: Object.keys(properties).sort() },
  };
}
