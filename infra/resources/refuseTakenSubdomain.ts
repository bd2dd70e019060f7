import { UserError } from "../errors.ts";
import type { Connection } from "../database/connection/connection.ts";
import { previewLimits } from "../database/connection/connectClient.ts";
import { type PlannedRegistration, previewSubdomainConflict } from "../database/registry/previewSubdomainConflict.ts";
import { type OrchestraRow, readOrchestraRows } from "../database/registry/orchestraRows.ts";
import { mainDatabaseName } from "../database/registry/registryDatabase.ts";
import { addressOf } from "./registryBackup.ts";

/** Rows by address of the main database. One process is one preview, which asks once for all of its registrations. */
const rowsByAddress = new Map<string, Promise<OrchestraRow[]>>();

/**
 * Returns reasons to refuse a registration at preview, before its database and its DNS record are made: another row of the main database
 * has the subdomain, or the main database cannot be asked.
 */
export async function refuseTakenSubdomain(connection: Connection, planned: PlannedRegistration): Promise<UserError[]> {
  const address = addressOf(connection);
  const reading = rowsByAddress.get(address) ?? readOrchestraRows(connection, previewLimits);
  rowsByAddress.set(address, reading);
  try {
    const refusal = previewSubdomainConflict(await reading, planned);
    return refusal ? [refusal] : [];
  } catch (error) {
    const { subdomain, orchestra } = planned;
    const reason =
      `Expected ${mainDatabaseName} to tell whether the subdomain ${subdomain} is free for ${orchestra}, and could not ask it. ` +
      (error as Error).message;
    return [new UserError("connection-failed", reason)];
  }
}
