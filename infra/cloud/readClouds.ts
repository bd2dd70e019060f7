import { UserError } from "../errors.ts";
import { type ApiAccess, callApi } from "./callApi.ts";
import { type DnsRecordFound, listDnsRecords, listZones, readTokenStatus, type Zone } from "./cloudflareApi.ts";
import { listProjects, type SupabaseProject } from "./supabaseApi.ts";
import { listNames } from "../util/text.ts";
import { normalizeHost } from "./recordComment.ts";

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

/** Asks both clouds at once. @throws {UserError} */
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

export interface CloudflarePlace extends ApiAccess {
  zoneId: string;
  /** The domain that the zone must hold: `stagesub:domain`. */
  domain: string;
}

/**
 * Returns the zone's records, and warnings about the token's other rights, as far as the API tells: two calls, at once.
 *
 * @throws {UserError} with the remedy, if the zone cannot be read or is another domain's
 */
export async function checkCloudflare(
  place: CloudflarePlace,
): Promise<{ records: DnsRecordFound[]; warnings: string[] }> {
  const [records, zones] = await Promise.all([listDnsRecords(place, place.zoneId), listZones(place)]).catch(
    async (error: unknown) => {
      throw await explain(error, place);
    },
  );
  const zone = zones.find(({ id }) => id === place.zoneId);
  if (zone && !holds(zone, place.domain)) {
    throw new UserError(
      "account-differs",
      `Expected stagesub:cloudflare.zoneId to be the zone that holds stagesub:domain (${place.domain}), got the zone of ${zone.name} ` +
        `(${zone.id}). Copy the id from the overview of the right zone in Cloudflare's dashboard.`,
    );
  }
  if (!zone || zones.length <= 1) return { records, warnings: [] };
  const warning =
    `The Cloudflare token can do more than this stack needs: it reaches ${zones.length} zones (${namesOf(zones)}), and needs ${zone.name} alone. ` +
    "Restrict it to that zone (docs/security.md).";
  return { records, warnings: [warning] };
}

function holds({ name }: Zone, domain: string): boolean {
  return `.${normalizeHost(domain)}`.endsWith(`.${normalizeHost(name)}`);
}

/** Explains why the zone could not be read: the token, its rights or the zone's id. Other errors stay as they are. */
async function explain(error: unknown, place: CloudflarePlace): Promise<unknown> {
  if (!(error instanceof UserError) || ![400, 401, 403, 404].includes(error.fields.status ?? 0)) return error;
  const [status, zones] = await Promise.all([readTokenStatus(place), listZones(place)]);
  return new UserError(
    "account-differs",
    `${error.message}\n${diagnose(status, zones, place)} Nothing was created or changed.`,
    error.fields,
  );
}

function diagnose(status: string, zones: Zone[], { zoneId, domain }: CloudflarePlace): string {
  const needed = `a token with Zone → DNS → Edit on the zone of ${domain} (docs/security.md)`;
  if (status !== "active" && status !== "unknown") return `The token is ${status}: make another and set it, ${needed}.`;
  if (zones.some(({ id }) => id === zoneId))
    return `The token reaches the zone, but not its DNS records: expected ${needed}.`;
  const right = zones.find((zone) => holds(zone, domain));
  if (right)
    return `The zone of ${domain} that the token reaches is ${right.id}: expected it in stagesub:cloudflare.zoneId, got ${zoneId}.`;
  const reached =
    zones.length > 0 ? `the zones that it reaches are ${namesOf(zones)}` : "it names no zone that it reaches";
  return status === "active"
    ? `The token is valid; ${reached}. Expected ${needed}, and that zone's id in stagesub:cloudflare.zoneId, got ${zoneId}.`
    : `Cloudflare does not know the token as a user's own (an account's own token it would not know here either); ${reached}. Expected ${needed}.`;
}

function namesOf(zones: Zone[]): string {
  const names = zones.map(({ name }) => name);
  return listNames(names, 5);
}
