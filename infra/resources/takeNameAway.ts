import type { ApiAccess } from "../cloud/callApi.ts";
import { type HeldRecord, type NameHeld, removeRecords } from "../cloud/removeRecords.ts";

/**
 * Takes an orchestra's name away, and says what of it stays.
 *
 * @param keep the name that it has from now on
 */
export async function takeNameAway(access: ApiAccess, held: NameHeld, keep?: HeldRecord): Promise<void> {
  for (const { id, name, content } of await removeRecords(access, held, keep))
    console.warn(`${name} is left as it is: CNAME to ${content}, record ${id}, which this stack did not make`);
}
