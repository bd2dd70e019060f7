/** The Terraform provider that this stands in for, and the bridge plugin that would carry it. */
export const supabasePackage = {
  name: "supabase",
  version: "1.10.1",
  bridge: { name: "terraform-provider", version: "1.4.0" },
  registryUrl: "registry.opentofu.org/supabase/supabase",
} as const;

/** The parameter in the generated SDK, which the bridge reads back in `Parameterize`. */
export const parameter = JSON.stringify({
  remote: { url: supabasePackage.registryUrl, version: supabasePackage.version },
});

const description = "A Pulumi provider dynamically bridged from supabase.";
const repository = "https://github.com/supabase/terraform-provider-supabase";

/** The head of the package schema that the bridge derives; `sdks/supabase` was generated from the whole by Pulumi's own generator. */
export const packageHead = {
  name: supabasePackage.name,
  version: supabasePackage.version,
  description,
  attribution: `This Pulumi package is based on the [\`supabase\` Terraform Provider](${repository}).`,
  repository,
  publisher: "supabase",
  meta: { moduleFormat: "(.*)(?:/[^/]*)" },
  language: {
    nodejs: {
      packageDescription: description,
      compatibility: "tfbridge20",
      disableUnionOutputTypes: true,
      liftSingleValueMethodReturns: true,
      respectSchemaVersion: true,
    },
  },
  parameterization: {
    baseProvider: { name: supabasePackage.bridge.name, version: supabasePackage.bridge.version },
    parameter: Buffer.from(parameter).toString("base64"),
  },
};
