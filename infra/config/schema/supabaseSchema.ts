import { z } from "zod";
import { everyNetwork, refuseNetwork } from "./networks.ts";
import { textField } from "./textField.ts";

/**
 * The regions that Supabase's Management API takes for a new project (`region_selection.code` of `POST /v1/projects`),
 * nearest to Sweden first. Changing a project's region is not possible: the provider refuses it.
 */
// prettier-ignore
export const supabaseRegions = [
  "eu-north-1", "eu-central-1", "eu-central-2", "eu-west-1", "eu-west-2", "eu-west-3", "us-east-1", "us-east-2",
  "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2",
  "ap-south-1", "ap-southeast-1", "ap-southeast-2",
] as const;

/** The compute sizes of the same call (`desired_instance_size`), smallest first; the Terraform provider checks the same list. */
// prettier-ignore
export const supabaseSizes = [
  "nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge",
  "24xlarge", "24xlarge_optimized_cpu", "24xlarge_optimized_memory", "24xlarge_high_memory", "48xlarge",
  "48xlarge_optimized_cpu", "48xlarge_optimized_memory", "48xlarge_high_memory",
] as const;

/** `stagesub:supabase`: whose projects, where and how large. */
export const supabaseSchema = z
  .strictObject({
    organization: textField({
      description:
        "The organization's slug: the last part of its dashboard address. Changing it is refused once projects exist.",
      expected: "an organization's slug",
      example: "stagesub",
      pattern: /^[a-z0-9][a-z0-9_-]{0,63}$/,
      rule: "a slug has lower-case letters, digits and hyphens",
    }),
    region: z.enum(supabaseRegions).meta({
      description: "Where projects are made; eu-north-1 is Stockholm. An existing project cannot move.",
      examples: ["eu-north-1"],
    }),
    size: z
      .enum(supabaseSizes)
      .meta({ description: "Compute size of each project. It costs per project.", examples: ["micro"] })
      .default("micro"),
    connect: z
      .enum(["session", "direct"])
      .meta({
        description:
          "How migrations connect: through the session pooler, or to the direct host (IPv6 only, unless the add-on is bought).",
      })
      .default("session"),
    protect: z
      .boolean()
      .meta({
        description:
          "Whether Pulumi refuses to delete projects and databases. Leave it out wherever data matters; false lets `pulumi destroy` clear a stack that holds nothing of worth.",
        examples: [false],
      })
      .default(true),
    caFile: textField({
      description:
        "File in stacks/ with the certificates (PEM) of the authority that signs the databases' server certificates; trusted besides those that Node " +
        "trusts, for every database. Supabase has its own: Project → Database settings → SSL configuration → Download certificate.",
      expected: "the name of a file in stacks/",
      example: "prod-ca-2021.crt",
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
      rule: "it is no plain file name",
    }).optional(),
    networkRestrictions: z
      .array(
        textField({
          description: "A network in CIDR form.",
          expected: "a network in CIDR form",
          example: "203.0.113.0/24",
          refuse: refuseNetwork,
        }),
      )
      .min(1)
      .meta({
        description:
          "Networks that may connect to the databases, in any order; left out: all, 0.0.0.0/0 and ::/0, also where somebody set others by hand. A list without IPv6 networks shuts out all of IPv6, which direct connections use. The app's network and that of the machine that runs `pulumi up` must be among them.",
        examples: [["203.0.113.0/24"]],
      })
      .default([...everyNetwork]),
  })
  .meta({
    title: "Supabase",
    description: "Supabase, where the databases live.",
    examples: [{ organization: "stagesub", region: "eu-north-1" }],
  });
