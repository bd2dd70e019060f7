import { UserError } from "../../infra/errors.ts";
import { type ApiAccess, callApi } from "../../infra/cloud/callApi.ts";

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
