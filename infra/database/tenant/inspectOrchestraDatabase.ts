import { withClient, type Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import { readState, type OrchestraDatabaseState } from "./orchestraState.ts";
import { withReadOnlyTransaction } from "../connection/withReadOnlyTransaction.ts";

/**
 * Reads what `ensureOrchestraDatabase` would return, without lock and without changing anything; undefined where this
 * program has never been.
 *
 * @throws {UserError}
 */
export async function inspectOrchestraDatabase(spec: {
  connection: Connection;
  key: string;
  stack: string;
  /** The orchestra that should hold it; left out, a spare. */
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
