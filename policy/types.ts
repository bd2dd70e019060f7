/** The types of resources that the rules know, as their URNs name them. */
export const types = {
  stack: "pulumi:pulumi:Stack",
  project: "supabase:index/project:Project",
  settings: "supabase:index/settings:Settings",
  record: "cloudflare:index/dnsRecord:DnsRecord",
  orchestra: "stagesub:index:Orchestra",
  database: "pulumi-nodejs:dynamic/stagesub:OrchestraDatabase",
  registration: "pulumi-nodejs:dynamic/stagesub:OrchestraRegistration",
  registry: "pulumi-nodejs:dynamic/stagesub:RegistryDatabase",
} as const;
