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

const pageSize = 1_000;

/**
 * All records of a zone, in one call a thousand (`GET /zones/{id}/dns_records`).
 *
 * @throws ApiError
 */
export async function listDnsRecords(access: ApiAccess, zoneId: string): Promise<DnsRecordFound[]> {
  const found: DnsRecordFound[] = [];
  for (let page = 1; ; page++) {
    const path = `/zones/${zoneId}/dns_records?per_page=${pageSize}&page=${page}`;
    const answer = (await callApi({ ...access, service: "Cloudflare", method: "GET", path })) as
      | { result: (Omit<DnsRecordFound, "comment" | "proxied"> & { comment?: string | null; proxied?: boolean })[] }
      | undefined;
    const records = answer?.result ?? [];
    for (const { id, name, type, content, proxied, ttl, comment } of records)
      found.push({ id, name, type, content, proxied: proxied ?? false, ttl, comment: comment ?? "" });
    if (records.length < pageSize) return found;
  }
}
