import { checkCloudflare, type CloudflarePlace } from "./checkCloudflare.ts";
import { checkOrganization, type OrganizationPlace } from "./checkOrganization.ts";
import type { DnsRecordFound } from "./cloudflareApi.ts";
import { listProjects, type SupabaseProject } from "./supabaseApi.ts";

/** What stands at Supabase and Cloudflare before a run, whoever made it: the program plans with it, two calls to each a run. */
export interface Found {
  projects: SupabaseProject[];
  records: DnsRecordFound[];
  /** What the tokens can do more, or less, than they need, as far as the APIs tell. */
  warnings: string[];
}

export interface Places {
  supabase: OrganizationPlace;
  cloudflare: CloudflarePlace;
}

/**
 * Asks both clouds at once.
 *
 * @throws {UserError}
 */
export async function lookUp({ supabase, cloudflare }: Places): Promise<Found> {
  const [projects, supabaseWarnings, { records, warnings }] = await Promise.all([
    listProjects(supabase, supabase.organization),
    checkOrganization(supabase),
    checkCloudflare(cloudflare),
  ]);
  return { projects, records, warnings: [...supabaseWarnings, ...warnings] };
}
