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
