import { type DnsRecordFound, listDnsRecords } from "./cloudflareApi.ts";
import type { ApiAccess } from "./callApi.ts";
import { listProjects, type SupabaseProject } from "./supabaseApi.ts";

/** What stands at Supabase and Cloudflare before a run, whoever made it: the program plans with it, two calls a run. */
export interface Found {
  projects: SupabaseProject[];
  records: DnsRecordFound[];
}

export interface Places {
  supabase: ApiAccess & { organization: string };
  cloudflare: ApiAccess & { zoneId: string };
}

/**
 * Asks both clouds at once.
 *
 * @throws ApiError
 */
export async function lookUp({ supabase, cloudflare }: Places): Promise<Found> {
  const [projects, records] = await Promise.all([
    listProjects(supabase, supabase.organization),
    listDnsRecords(cloudflare, cloudflare.zoneId),
  ]);
  return { projects, records };
}
