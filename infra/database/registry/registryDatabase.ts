import { createBookkeeping } from "../tenant/bookkeeping.ts";
import { compareBookkeeping } from "../tenant/compareBookkeeping.ts";
import { withClient, type Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import { findOpenReaders } from "./findOpenReaders.ts";
import { readLedger } from "../migrations/ledger.ts";
import { migrateDatabase } from "../migrations/migrateDatabase.ts";
import { observeDatabase } from "../tenant/observeDatabase.ts";
import { readOwner, recordOwner } from "../tenant/owner.ts";
import { readMigrations } from "../migrations/readMigrations.ts";
import type { Digests } from "../../util/digest.ts";
import { requirePlanned } from "../migrations/requirePlanned.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import { compareWithRecord, observeSchema, recordSchema } from "../schema/expectedSchema.ts";
import type { SchemaItem } from "../schema/readSchema.ts";
import { readSchemaFiles } from "../schema/readSchemaFiles.ts";
import { type KeyRecord, readIdentity, recordStackKey } from "./stackKey.ts";
import { withLockedTransaction, type RunLimits } from "../connection/withLockedTransaction.ts";
import { withReadOnlyTransaction } from "../connection/withReadOnlyTransaction.ts";

export interface RegistryDatabaseSpec {
  /** The main database, as the role that owns its `"Orchestra"`. */
  connection: Connection;
  /** Folder of its migrations. */
  migrations: string;
  /** Digests of the files as the run was planned with them. Left out: nothing was planned, they are read once. */
  planned?: { migrations: Digests; schemaFiles: Digests };
  /** By which key the stack's passwords are made from now on; left out by a command that makes no password. */
  stackKey?: KeyRecord & { stack: string };
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

export interface EnsuredRegistry extends RegistryDatabaseState {
  /** Which main database this is. */
  identity: string;
}

export interface RegistryDatabaseFindings extends RegistryDatabaseState {
  /** Changes by hand of what is ours in it, see {@link isOurs}. Empty when all is well. */
  differences: SchemaDifference[];
  /** Why it could not be compared with what the migrations make; left out where it was. */
  notCompared?: string;
}

export const registrySubject = "the main database";

/** Several stacks may register in it. */
const registryIdentity = { key: registrySubject, stack: null };

/**
 * Migrates the main database, by the rules of the orchestras' databases. What is the app's own in it stays as it is.
 *
 * @throws {UserError}
 */
export async function ensureRegistryDatabase(spec: RegistryDatabaseSpec): Promise<EnsuredRegistry> {
  const migrations = readMigrations(spec.migrations);
  const schemaFiles = readSchemaFiles(spec.migrations);
  if (spec.planned) {
    requirePlanned("migrations/registry", migrations, spec.planned.migrations);
    requirePlanned("migrations/registry/schema", schemaFiles, spec.planned.schemaFiles);
  }
  const { limits, log, warn } = spec;
  return withLockedTransaction(
    { connection: spec.connection, subject: registrySubject, limits, warn },
    async (transaction) => {
      const { client } = transaction;
      const observed = await observeDatabase(client, { ...registryIdentity, migrations, mayHoldOthers: true });
      const { pending, isNew } = observed;
      if (isNew) await createBookkeeping(client);
      await recordOwner(client, observed.owner, { ...registryIdentity, owner: undefined, appLogin: null });
      const run = { subject: registrySubject, directory: spec.migrations, migrations, schemaFiles, pending };
      const before = await observeSchema(client, registryScope, observed);
      await migrateDatabase(transaction, { ...run, isNew, log, warn });
      await recordSchema(client, registryScope, before, run);
      if (spec.stackKey) await recordStackKey(client, spec.stackKey.stack, spec.stackKey);
      const state = toState(Object.fromEntries(migrations.map(({ file, sha256 }) => [file, sha256])));
      return { ...state, identity: await readIdentity(client) };
    },
  );
}

/** The rights of the main database are described whole: the app's own migrations set most of them. */
export const registryScope = { group: null, withRights: true };

/**
 * Returns whether an item of the main database is for us to watch: schema stagesub, the table "Orchestra" and publications that may
 * carry its connection strings away. Its other tables are the app's, and so are additional columns, indexes and checks of "Orchestra".
 */
function isOurs({ what, of }: SchemaItem, expected: ReadonlySet<string>): boolean {
  const top = of ?? what;
  if (/ stagesub[.]| schema stagesub\b/.test(top) || top.startsWith("publication ")) return true;
  if (top !== orchestraTable) return false;
  if (!expected.has(what) && /^(column|index|constraint|comment|setting) /.test(what)) return false;
  return true;
}

const watch = { isOurs, isNeverExpected: isGrantToOutsider };

const orchestraTable = 'table "Orchestra"';

/** `closeList` takes them back before a connection string is written, also where the app's migrations gave them. */
function isGrantToOutsider({ what, of }: SchemaItem): boolean {
  return of === orchestraTable && /^grant .* to (PUBLIC|anon|authenticated|"PUBLIC")$/.test(what);
}

/** Reads what `ensureRegistryDatabase` has left; undefined where it has never been. Changes nothing. */
export async function inspectRegistryDatabase(
  connection: Connection,
  limits?: Partial<ConnectLimits>,
): Promise<RegistryDatabaseFindings | undefined> {
  return withClient(
    connection,
    (client) =>
      withReadOnlyTransaction(client, registrySubject, async () => {
        const ledger = await readLedger(client);
        if (!ledger) return undefined;
        const state = toState(ledger);
        const schema = await compareWithRecord(client, registryScope, state.version, watch);
        const own = await compareBookkeeping(client, await readOwner(client), registryIdentity);
        const readers = await findOpenReaders(client);
        return { ...state, ...schema, differences: [...own, ...readers, ...schema.differences] };
      }),
    limits,
  );
}

function toState(migrations: Record<string, string>): RegistryDatabaseState {
  return { migrations, version: Object.keys(migrations).at(-1) ?? "" };
}
