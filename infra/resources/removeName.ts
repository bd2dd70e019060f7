import { type RecordIdentity, type OwnedRecord, removeRecords } from "../cloud/removeRecords.ts";
import { cloudflareAccess } from "./runAccess.ts";

/**
 * Removes an orchestra's DNS records, and reports those that stay.
 *
 * @param keep the orchestra's name from now on
 */
export async function removeName(held: OwnedRecord, keep?: RecordIdentity): Promise<void> {
  for (const { id, name, content } of await removeRecords(cloudflareAccess(), held, keep))
    console.warn(`${name} is left as it is: CNAME to ${content}, record ${id}, which this stack did not make`);
}
