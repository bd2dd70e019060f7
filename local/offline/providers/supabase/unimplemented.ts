import type { Attribute, Attributes, Signature } from "../shared/resource.ts";
import type { Provider } from "../shared/provider.ts";
import { timeouts } from "./timeouts.ts";

type Kind = Attribute["kind"];
const text = (kind: Kind, description: string): Attribute => ({ kind, type: "string", description });
const number = (description: string): Attribute => ({ kind: "computed", type: "number", description });
const secret = (kind: Kind, description: string): Attribute => ({ ...text(kind, description), secret: true });
const replacing = (attribute: Attribute): Attribute => ({ ...attribute, replaces: true });
const computed = (fields: Attributes, description: string): Attribute => ({
  kind: "computed",
  type: "object",
  fields,
  description,
});

const lookup = (argument: string, description: string, results: Attributes): Signature => ({
  arguments: { [argument]: text("required", description) },
  results,
});

/** The rest of supabase/supabase 1.10.1: all that StageSub does not use. */
export const unimplemented: NonNullable<Provider<never>["unimplemented"]> = {
  resources: {
    "supabase:index/apikey:Apikey": {
      apiKey: secret("computed", "API key"),
      description: text("optional", "Description of the API key"),
      name: { ...text("required", "Name of the API key"), autonamed: true },
      projectRef: text("required", "Project reference ID"),
      secretJwtTemplate: computed({ role: text("computed", "Role of the secret JWT template") }, "Secret JWT template"),
      type: text("computed", "Type of the API key"),
    },
    "supabase:index/branch:Branch": {
      database: computed(
        {
          host: text("computed", "Host"),
          id: text("computed", "Branch project ref"),
          jwtSecret: secret("computed", "JWT secret"),
          password: secret("computed", "Password"),
          port: number("Port"),
          status: text("computed", "Status"),
          user: text("computed", "User"),
          version: text("computed", "Postgres version"),
        },
        "Database connection details",
      ),
      gitBranch: text("required", "Git branch"),
      parentProjectRef: text("required", "Parent project ref"),
      persistent: { kind: "optionalComputed", type: "boolean", description: "Branch persistency" },
      region: replacing(text("optional", "Database region")),
    },
    "supabase:index/edgeFunction:EdgeFunction": {
      checksum: text("computed", "SHA256 checksum of the deployed function bundle (remote)"),
      createdAt: number("Timestamp when the function was created"),
      entrypoint: text("required", "Path to the function entrypoint file"),
      importMap: text("optional", "Path to the import map file"),
      localChecksum: text("computed", "SHA256 checksum of local source files before upload"),
      name: {
        ...text("optionalComputed", "Name of the function (defaults to slug if not specified)"),
        autonamed: true,
      },
      projectRef: replacing(text("required", "Project ref")),
      slug: replacing(text("required", "URL-friendly identifier for the function")),
      staticFiles: {
        kind: "optional",
        type: "array",
        description: "List of glob patterns for static files to include",
      },
      status: text("computed", "Function deployment status"),
      updatedAt: number("Timestamp when the function was last updated"),
      version: number("Currently deployed function version"),
    },
    "supabase:index/edgeFunctionSecrets:EdgeFunctionSecrets": {
      projectRef: replacing(text("required", "Project reference ID")),
      secretDigests: {
        kind: "computed",
        type: "map",
        description: "Map of secret name to the SHA-256 hex digest of the secret value.",
      },
      secrets: {
        kind: "required",
        type: "array",
        description: "Set of secrets for edge functions",
        fields: {
          name: text("required", "Name of the secret. Must not start with the `SUPABASE_` prefix."),
          value: secret("required", "The plaintext secret value."),
        },
      },
    },
    "supabase:index/thirdPartyAuth:ThirdPartyAuth": {
      customJwks: replacing(text("optional", "Custom public JWKS as serialised JSON.")),
      insertedAt: text("computed", "Timestamp when the integration was created"),
      jwksUrl: replacing(text("optional", "JWKS URL.")),
      oidcIssuerUrl: replacing(text("optional", "OIDC issuer URL.")),
      projectRef: replacing(text("required", "Project reference ID")),
      resolvedAt: text("computed", "Timestamp when JWKS was last resolved"),
      resolvedJwks: text("computed", "Resolved JWKS as serialised JSON"),
      timeouts: timeouts("create"),
      type: text("computed", "Third-party auth integration type"),
      updatedAt: text("computed", "Timestamp when the integration was last updated"),
    },
  },
  functions: {
    "supabase:index/getApikeys:getApikeys": lookup("projectRef", "Project reference ID", {
      anonKey: secret("computed", "Anonymous API key for the project"),
      publishableKey: secret("computed", "Publishable API key for the project"),
      secretKeys: {
        kind: "computed",
        type: "array",
        secret: true,
        description: "List of secret API keys for the project",
        fields: {
          apiKey: secret("computed", "The secret API key value"),
          name: text("computed", "Name of the secret key"),
        },
      },
      serviceRoleKey: secret("computed", "Service role API key for the project"),
    }),
    "supabase:index/getBranch:getBranch": lookup("parentProjectRef", "Parent project ref", {
      branches: {
        kind: "computed",
        type: "array",
        description: "Branch databases",
        fields: {
          gitBranch: text("computed", "Git branch"),
          id: text("computed", "Branch identifier"),
          projectRef: text("computed", "Branch project ref"),
        },
      },
    }),
    "supabase:index/getNetworkBans:getNetworkBans": lookup("projectRef", "Project reference ID", {
      bannedIpv4Addresses: { kind: "computed", type: "array", description: "List of banned IPv4 addresses" },
    }),
    "supabase:index/getPooler:getPooler": lookup("projectRef", "Project ref", {
      url: { kind: "computed", type: "map", description: "Map of pooler mode to connection string" },
    }),
  },
};
