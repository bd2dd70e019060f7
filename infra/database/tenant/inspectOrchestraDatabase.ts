import { withClient, type Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import { readState, type OrchestraDatabaseState } from "./orchestraState.ts";
import { withReadOnlyTransaction } from "../connection/withReadOnlyTransaction.ts";

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
  return withClient(
    spec.connection,
    (client) =>
      withReadOnlyTransaction(client, spec.key, () =>
        readState(client, { key: spec.key, stack: spec.stack, orchestra: spec.owner?.orchestra ?? null }),
      ),
    spec.limits,
  );
}
