import { checkCloudflare, type CloudflarePlace } from "./checkCloudflare.ts";
import { checkOrganization, type OrganizationPlace } from "./checkOrganization.ts";
import type { DnsRecordFound } from "./cloudflareApi.ts";
import { listProjects, type SupabaseProject } from "./supabaseApi.ts";

/** The existing projects and records before a run, of any maker: the program plans with them, two calls to each cloud a run. */
export interface CloudContents {
  projects: SupabaseProject[];
  records: DnsRecordFound[];
  /** Warnings about rights that the tokens have in excess or lack, as far as the APIs tell. */
  warnings: string[];
}

export interface CloudTargets {
  supabase: OrganizationPlace;
  cloudflare: CloudflarePlace;
}

/**
 * Asks both clouds at once.
 *
 * @throws {UserError}
 */
export async function readClouds({ supabase, cloudflare }: CloudTargets): Promise<CloudContents> {
  const [projects, supabaseWarnings, { records, warnings }] = await Promise.all([
    listProjects(supabase, supabase.organization),
    checkOrganization(supabase),
    checkCloudflare(cloudflare),
  ]);
  return { projects, records, warnings: [...supabaseWarnings, ...warnings] };
}
