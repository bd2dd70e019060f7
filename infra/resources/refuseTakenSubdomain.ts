import { UserError } from "../errors.ts";
import type { Connection } from "../database/connection/connection.ts";
import { foreseeSubdomain, readHolders, type ForeseenRegistration } from "../database/registry/foreseeSubdomain.ts";
import type { OrchestraRow } from "../database/registry/orchestraRows.ts";
import { registrySubject } from "../database/registry/registryDatabase.ts";
import { addressOf } from "./registryBackup.ts";

/** Rows by address of the main database. One process is one preview, which asks once for all of its registrations. */
const holders = new Map<string, Promise<OrchestraRow[]>>();

/**
 * Returns reasons to refuse a registration at preview, before its database and its DNS record are made: another row of the main database
 * has the subdomain, or the main database cannot be asked.
 */
export async function refuseTakenSubdomain(
  connection: Connection,
  foreseen: ForeseenRegistration,
): Promise<UserError[]> {
  const address = addressOf(connection);
  const reading = holders.get(address) ?? readHolders(connection);
  holders.set(address, reading);
  try {
    const refusal = foreseeSubdomain(await reading, foreseen);
    return refusal ? [refusal] : [];
  } catch (error) {
    const { subdomain, orchestra } = foreseen;
    const reason =
      `Expected ${registrySubject} to tell whether the subdomain ${subdomain} is free for ${orchestra}, and could not ask it. ` +
      (error as Error).message;
    return [new UserError("connection-failed", reason)];
  }
}
