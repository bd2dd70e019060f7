import type { ApiAccess } from "./callApi.ts";
import { deleteDnsRecord, type DnsRecordFound, listDnsRecords } from "./cloudflareApi.ts";
import { commentFor, namesMaker, sameHost } from "./recordComment.ts";

/** The marks by which an orchestra's DNS record is recognized. */
export interface RecordIdentity {
  zoneId: string;
  /** The full name, such as "malmo.stagesub.com". */
  host: string;
  /** The record's target: the app. */
  target: string;
}

/** A DNS record with the orchestra that it belongs to. */
export interface OwnedRecord extends RecordIdentity {
  stack: string;
  orchestra: string;
}

/**
 * Removes an orchestra's records from its zone: those whose comment says that this stack made them for it, under any name, and one of its
 * name that points at the app and whose comment names no maker. A record that is gone already is no error.
 *
 * @param keep the orchestra's name from now on: a record under it stays
 * @returns the records that stay under the name because they are somebody else's
 * @throws {UserError}
 */
export async function removeRecords(
  access: ApiAccess,
  held: OwnedRecord,
  keep?: RecordIdentity,
): Promise<DnsRecordFound[]> {
  const records = await listDnsRecords(access, held.zoneId);
  const isKept = ({ name }: DnsRecordFound) => keep?.zoneId === held.zoneId && sameHost(name, keep.host);
  const own = records.filter((record) => isOwnRecord(record, held) && !isKept(record));
  for (const { id } of own) await deleteDnsRecord(access, held.zoneId, id);
  return records.filter(
    (record) => record.type === "CNAME" && sameHost(record.name, held.host) && !own.includes(record) && !isKept(record),
  );
}

/** Tells whether this stack made a record for this orchestra, or a record of its name leads to the app and nobody's stack made it. */
export function isOwnRecord(
  { name, type, content, comment }: DnsRecordFound,
  { host, target, stack, orchestra }: Omit<OwnedRecord, "zoneId">,
): boolean {
  if (type !== "CNAME") return false;
  const isNobodys = !namesMaker(comment) && sameHost(name, host) && sameHost(content, target);
  return comment === commentFor(orchestra, stack) || isNobodys;
}
