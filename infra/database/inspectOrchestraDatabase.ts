import { withClient, type Connection } from "./connection.ts";
import type { ConnectLimits } from "./connectClient.ts";
import { readState, type OrchestraDatabaseState } from "./orchestraState.ts";
import { withReadOnlyTransaction } from "./withReadOnlyTransaction.ts";

/**
 * Reads what `ensureOrchestraDatabase` would return, without lock and without changing anything; undefined where this
 * program has never been.
 *
 * @throws DatabaseError
 */
export async function inspectOrchestraDatabase(spec: {
  connection: Connection;
  /** For messages. */
  key: string;
  limits?: Partial<ConnectLimits>;
}): Promise<OrchestraDatabaseState | undefined> {
  return withClient(
    spec.connection,
    (client) => withReadOnlyTransaction(client, spec.key, () => readState(client)),
    spec.limits,
  );
}
