import { UserError } from "../errors.ts";
import { type ApiAccess, callApi } from "./callApi.ts";

/** A record of a zone, as far as this program looks at it. */
export interface DnsRecordFound {
  id: string;
  /** The full name, such as "malmo.stagesub.com". */
  name: string;
  type: string;
  content: string;
  proxied: boolean;
  ttl: number;
  comment: string;
}

export interface Zone {
  id: string;
  /** Such as "stagesub.com". */
  name: string;
}

/**
 * Far below the API's limit for a page (5,000,000: https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/list/).
 */
const pageSize = 1_000;

/** Returns all records of a zone, in one call per thousand (`GET /zones/{id}/dns_records`). @throws {UserError} */
export async function listDnsRecords(access: ApiAccess, zoneId: string): Promise<DnsRecordFound[]> {
  const found: DnsRecordFound[] = [];
  for (let page = 1; ; page++) {
    const path = `/zones/${zoneId}/dns_records?per_page=${pageSize}&page=${page}`;
    const answer = (await callCloudflare(access, path)) as
      | {
          result: (Omit<DnsRecordFound, "comment" | "proxied"> & { comment?: string | null; proxied?: boolean })[];
          result_info?: { total_pages?: number };
        }
      | undefined;
    if (answer === undefined) throw new UserError("api-refused", `Cloudflare has no zone ${zoneId}.`, { status: 404 });
    for (const { id, name, type, content, proxied, ttl, comment } of answer.result)
      found.push({ id, name, type, content, proxied: proxied ?? false, ttl, comment: comment ?? "" });
    if (page >= (answer.result_info?.total_pages ?? 1)) return found;
  }
}

/**
 * Deletes a record (`DELETE /zones/{id}/dns_records/{record}`); a record that is gone already is no error.
 *
 * @throws {UserError}
 */
export async function deleteDnsRecord(access: ApiAccess, zoneId: string, id: string): Promise<void> {
  await callApi({ ...access, service: "Cloudflare", method: "DELETE", path: `/zones/${zoneId}/dns_records/${id}` });
}

/** Changes a record's comment alone (`PATCH /zones/{id}/dns_records/{record}`). @throws {UserError} */
export async function setRecordComment(access: ApiAccess, zoneId: string, id: string, comment: string): Promise<void> {
  const path = `/zones/${zoneId}/dns_records/${id}`;
  await callApi({ ...access, service: "Cloudflare", method: "PATCH", path, body: { comment } });
}

/**
 * Returns the zones that the token reaches, fifty at most (`GET /zones`); none for a token that may not ask. Makes one attempt: the zones only
 * serve a warning.
 */
export async function listZones(access: ApiAccess): Promise<Zone[]> {
  const path = "/zones?per_page=50";
  const answer = (await callCloudflare(access, path, 0).catch(() => undefined)) as { result: Zone[] } | undefined;
  return (answer?.result ?? []).map(({ id, name }) => ({ id, name }));
}

/**
 * Returns the token's status (`GET /user/tokens/verify`): "active", "expired", "disabled", or "unknown".
 * An account's own token has another endpoint, under its account's id, and counts as unknown too.
 */
export async function readTokenStatus(access: ApiAccess): Promise<string> {
  const answer = (await callCloudflare(access, "/user/tokens/verify", 0).catch(() => undefined)) as
    { result: { status: string } } | undefined;
  return answer?.result.status ?? "unknown";
}

function callCloudflare(access: ApiAccess, path: string, patienceMs?: number): Promise<unknown> {
  return callApi({ ...access, service: "Cloudflare", method: "GET", path, patienceMs });
}
