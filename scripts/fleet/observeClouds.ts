import pLimit from "p-limit";

import { readApiAccess } from "../../infra/cloud/apiAccess.ts";
import { type DnsRecordFound, listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { healthy } from "../../infra/cloud/projectStatus.ts";
import { UserError } from "../../infra/errors.ts";
import { listProjects, type SupabaseProject } from "../../infra/cloud/supabaseApi.ts";
import { readHeldProjects } from "../stack/holdings.ts";
import type { OpenStack } from "../stack/openStack.ts";
import { type ApiAccess, callApi } from "../../infra/cloud/callApi.ts";

/** The answers of Supabase and Cloudflare about a stack; an error if one could not be asked. */
export interface CloudReading {
  projects: SupabaseProject[] | Error;
  records: DnsRecordFound[] | Error;
  /** Database key → the ref of its project in the stack's state. */
  refs: ReadonlyMap<string, string>;
  /** Ref → the settings of a project that runs. */
  settings: ReadonlyMap<string, SecuritySettings | Error>;
}

/** Projects that are asked about at once, with three calls each. The API allows 120 a minute of each kind; `callApi` keeps to it. */
const atOnce = 8;

/**
 * Asks both clouds what exists there, and Supabase how the projects of these databases keep strangers out.
 *
 * @param keys of the databases whose projects' settings are wanted
 * @throws {UserError} where the stack's state cannot be read
 */
export async function observeClouds(stack: OpenStack, keys: ReadonlySet<string>): Promise<CloudReading> {
  const access = readAccess(stack);
  const refs = await readHeldProjects(stack);
  if (access instanceof Error) return { projects: access, records: access, refs, settings: new Map() };
  const [projects, records] = await Promise.all([
    listProjects(access.supabase, stack.config.supabase.organization).catch((error: Error) => error),
    listDnsRecords(access.cloudflare, stack.plan.zoneId).catch((error: Error) => error),
  ]);
  const running = projects instanceof Error ? [] : projects.filter(({ status }) => status === healthy);
  const wanted = [...refs].filter(([key, ref]) => keys.has(key) && running.some((project) => project.ref === ref));
  const settings = await pLimit(atOnce).map(
    wanted,
    async ([, ref]) => [ref, await readSecuritySettings(access.supabase, ref).catch((error: Error) => error)] as const,
  );
  return { projects, records, refs, settings: new Map(settings) };
}

/** Reads the API access; without a token the rest is still looked at. */
function readAccess({ values, env }: OpenStack) {
  try {
    return readApiAccess(["supabase", "cloudflare"], (key) => values[key], env);
  } catch (error) {
    if (UserError.is(error, "token-missing")) return error;
    throw error;
  }
}

/** The settings that keep strangers out of a project, as Supabase answers them. */
export interface SecuritySettings {
  /** Whether the database takes connections without TLS: `pending` was asked for and is not applied, `unavailable` cannot be had. */
  tls: "enforced" | "optional" | "pending" | "unavailable";
  /** The networks that may connect, in CIDR form, IPv4 before IPv6; `stored` where Supabase keeps the list and does not apply it. */
  networks: { cidrs: string[]; state: "applied" | "stored" };
  /** The schemas that the Data API serves. */
  schemas: string[];
}

/**
 * Reads a project's settings (`GET /v1/projects/{ref}/ssl-enforcement`, `/network-restrictions`, `/postgrest`). The provider's state says
 * what was asked for: a provider that does not know a property drops it without a word.
 *
 * @throws {UserError}
 */
export async function readSecuritySettings(access: ApiAccess, ref: string): Promise<SecuritySettings> {
  const [tls, network, api] = await Promise.all([
    readTls(access, ref),
    ask<NetworkAnswer>(access, `/v1/projects/${ref}/network-restrictions`),
    ask<{ db_schema: string }>(access, `/v1/projects/${ref}/postgrest`),
  ]);
  const { dbAllowedCidrs = [], dbAllowedCidrsV6 = [] } = network.config;
  return {
    tls,
    networks: { cidrs: [...dbAllowedCidrs, ...dbAllowedCidrsV6], state: network.status },
    schemas: api.db_schema.split(",").flatMap((schema) => schema.trim() || []),
  };
}

/** As in the OpenAPI document of the Management API. */
interface NetworkAnswer {
  config: { dbAllowedCidrs?: string[]; dbAllowedCidrsV6?: string[] };
  status: "applied" | "stored";
}

async function readTls(access: ApiAccess, ref: string): Promise<SecuritySettings["tls"]> {
  const path = `/v1/projects/${ref}/ssl-enforcement`;
  const answer = await ask<{ currentConfig: { database: boolean }; appliedSuccessfully: boolean }>(access, path).catch(
    (error: unknown) => {
      // Supabase's answer for a project that is not allowed to enforce it.
      if (error instanceof UserError && error.fields.status === 400) return undefined;
      throw error;
    },
  );
  if (answer === undefined) return "unavailable";
  if (!answer.currentConfig.database) return "optional";
  return answer.appliedSuccessfully ? "enforced" : "pending";
}

async function ask<Answer>(access: ApiAccess, path: string): Promise<Answer> {
  const answer = await callApi({ ...access, service: "Supabase", method: "GET", path });
  if (answer === undefined)
    throw new UserError("api-refused", `Supabase: GET ${path} found no such project.`, { status: 404 });
  return answer as Answer;
}
