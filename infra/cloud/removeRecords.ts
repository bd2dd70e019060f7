import type { ApiAccess } from "./callApi.ts";
import { deleteDnsRecord, type DnsRecordFound, listDnsRecords } from "./cloudflareApi.ts";
import { commentFor, namesMaker, sameHost } from "./recordComment.ts";

/** An orchestra's DNS record, as it is known again. */
export interface HeldRecord {
  zoneId: string;
  /** The full name, such as "malmo.stagesub.com". */
  host: string;
  /** Where it points: the app. */
  target: string;
}

/** A DNS record with the orchestra that it belongs to. */
export interface NameHeld extends HeldRecord {
  stack: string;
  orchestra: string;
}

/**
 * Takes an orchestra's records out of its zone: those that say in their comment that this stack made them for it, under whatever name, and
 * one of its name that points at the app and is nobody's by its comment. Gone already is as good.
 *
 * @param keep the name that it has from now on: a record under it stays
 * @returns what stands under the name all the same, as it is somebody else's
 * @throws {UserError}
 */
export async function removeRecords(access: ApiAccess, held: NameHeld, keep?: HeldRecord): Promise<DnsRecordFound[]> {
  const records = await listDnsRecords(access, held.zoneId);
  const isKept = ({ name }: DnsRecordFound) => keep?.zoneId === held.zoneId && sameHost(name, keep.host);
  const own = records.filter((record) => isOwn(record, held) && !isKept(record));
  for (const { id } of own) await deleteDnsRecord(access, held.zoneId, id);
  return records.filter(
    (record) => record.type === "CNAME" && sameHost(record.name, held.host) && !own.includes(record) && !isKept(record),
  );
}

function isOwn(
  { name, type, content, comment }: DnsRecordFound,
  { host, target, stack, orchestra }: NameHeld,
): boolean {
  if (type !== "CNAME") return false;
  const isNobodys = !namesMaker(comment) && sameHost(name, host) && sameHost(content, target);
  return comment === commentFor(orchestra, stack) || isNobodys;
}
