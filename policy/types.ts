/** The types of resources that the rules know, as their URNs name them. */
export const types = {
  stack: "pulumi:pulumi:Stack",
  project: "supabase:index/project:Project",
  settings: "supabase:index/settings:Settings",
  record: "cloudflare:index/dnsRecord:DnsRecord",
  orchestra: "stagesub:Orchestra",
  database: "pulumi-nodejs:dynamic:OrchestraDatabase",
  registration: "pulumi-nodejs:dynamic:OrchestraRegistration",
  registry: "pulumi-nodejs:dynamic:RegistryDatabase",
} as const;
