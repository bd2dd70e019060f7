import { createBookkeeping } from "./bookkeeping.ts";
import { withClient, type Connection } from "./connection.ts";
import type { ConnectLimits } from "./connectClient.ts";
import { readLedger } from "./ledger.ts";
import { migrateDatabase } from "./migrateDatabase.ts";
import { observeDatabase } from "./observeDatabase.ts";
import { recordOwner } from "./owner.ts";
import { readMigrations } from "./readMigrations.ts";
import { withLockedTransaction, type RunLimits } from "./withLockedTransaction.ts";
import { withReadOnlyTransaction } from "./withReadOnlyTransaction.ts";

export interface RegistryDatabaseSpec {
  /** The main database, as the role that owns its `"Orchestra"`. */
  connection: Connection;
  /** Folder of its migrations. */
  migrations: string;
  /** Gets one line a step. */
  log?: (line: string) => void;
  /** Gets a line for what is out of the ordinary. */
  warn?: (line: string) => void;
  limits?: Partial<RunLimits & ConnectLimits>;
}

export interface RegistryDatabaseState {
  /** Applied migrations: file → SHA-256 of the file. */
  migrations: Record<string, string>;
  /** The last of them. */
  version: string;
}

export const registrySubject = "the main database";

/**
 * Migrates the main database, by the rules of the orchestras' databases. What is the app's own in it stays as it is.
 *
 * @throws DatabaseError
 */
export async function ensureRegistryDatabase(spec: RegistryDatabaseSpec): Promise<RegistryDatabaseState> {
  const migrations = readMigrations(spec.migrations);
  const { limits, log, warn } = spec;
  return withLockedTransaction(
    { connection: spec.connection, subject: registrySubject, limits, warn },
    async (transaction) => {
      const { client } = transaction;
      const identity = { key: registrySubject, stack: null };
      const observed = await observeDatabase(client, { ...identity, migrations, mayHoldOthers: true });
      const { pending, isNew } = observed;
      if (isNew) await createBookkeeping(client);
      await recordOwner(client, observed.owner, { ...identity, owner: undefined, appLogin: null });
      const run = { subject: registrySubject, directory: spec.migrations, migrations, pending };
      await migrateDatabase(transaction, { ...run, isNew, log, warn });
      return toState(Object.fromEntries(migrations.map(({ file, sha256 }) => [file, sha256])));
    },
  );
}

/** What `ensureRegistryDatabase` would return; undefined where it has never been. Changes nothing. */
export async function inspectRegistryDatabase(
  connection: Connection,
  limits?: Partial<ConnectLimits>,
): Promise<RegistryDatabaseState | undefined> {
  return withClient(
    connection,
    (client) =>
      withReadOnlyTransaction(client, registrySubject, async () => {
        const ledger = await readLedger(client);
        return ledger && toState(ledger);
      }),
    limits,
  );
}

function toState(migrations: Record<string, string>): RegistryDatabaseState {
  return { migrations, version: Object.keys(migrations).at(-1) ?? "" };
}
