import { UserError } from "../errors.ts";
import { type ApiAccess, callApi } from "./callApi.ts";
import { checkCloudflare, type CloudflarePlace } from "./checkCloudflare.ts";
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
  /** With the organization's slug. */
  supabase: ApiAccess & { organization: string };
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

/**
 * Returns warnings about the Supabase token's rights beside this organization, as far as the API tells (`GET /v1/organizations`). Makes one
 * attempt, and returns none if the token may not ask.
 *
 * @throws {UserError} if the token sees other organizations and not this one
 */
async function checkOrganization(target: CloudTargets["supabase"]): Promise<string[]> {
  const call = { ...target, service: "Supabase", method: "GET", path: "/v1/organizations", patienceMs: 0 } as const;
  const answer = await callApi(call).catch(() => undefined);
  const slugs = ((answer ?? []) as { id: string; slug?: string }[]).map(({ id, slug }) => slug ?? id);
  if (slugs.length > 0 && !slugs.includes(target.organization)) {
    throw new UserError(
      "account-differs",
      `Expected the Supabase token to see the organization ${target.organization} (stagesub:supabase.organization), got one that sees ` +
        `${slugs.join(", ")}. Correct the slug in the stack file, or set a token of a member of it. Nothing was created or changed.`,
    );
  }
  if (slugs.length <= 1) return [];
  return [
    `The Supabase token can do more than this stack needs: it reaches ${slugs.length} organizations (${slugs.join(", ")}), and needs ${target.organization} alone. ` +
      "Scope it to that organization (docs/security.md).",
  ];
}
