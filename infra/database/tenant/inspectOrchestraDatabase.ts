import type { Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import { readState, type OrchestraDatabaseState } from "./orchestraState.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";

/**
 * Reads the state that `ensureOrchestraDatabase` returns, without a lock and without changes; undefined for a database
 * that this program has never migrated.
 *
 * @throws {UserError}
 */
export async function inspectOrchestraDatabase(spec: {
  connection: Connection;
  key: string;
  stack: string;
  /** The orchestra that should hold the database; left out for a spare. */
  owner?: { orchestra: string };
  limits?: Partial<ConnectLimits>;
}): Promise<OrchestraDatabaseState | undefined> {
  const expected = { key: spec.key, stack: spec.stack, orchestra: spec.owner?.orchestra ?? null };
  return withSnapshot(
    spec.connection,
    spec.key,
    async (client) => (await readState(client, expected))?.state,
    spec.limits,
  );
}
