import pLimit from "p-limit";

import { readApiAccess } from "../../infra/cloud/apiAccess.ts";
import { type DnsRecordFound, listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { healthy } from "../../infra/cloud/projectStatus.ts";
import { readSecuritySettings, type SecuritySettings } from "./securitySettings.ts";
import { UserError } from "../../infra/errors.ts";
import { listProjects, type SupabaseProject } from "../../infra/cloud/supabaseApi.ts";
import { readHeldProjects } from "../stack/holdings.ts";
import type { OpenStack } from "../stack/openStack.ts";

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
