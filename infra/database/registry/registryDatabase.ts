import { createBookkeeping } from "../tenant/bookkeeping.ts";
import { compareBookkeeping } from "../tenant/compareBookkeeping.ts";
import type { Connection } from "../connection/connection.ts";
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
import { withSnapshot } from "../connection/withSnapshot.ts";

export interface RegistryDatabaseSpec {
  /** Connection to the main database as the role that owns its `"Orchestra"`. */
  connection: Connection;
  /** Folder of the main database's migrations. */
  migrations: string;
  /** Digests of the files that the run was planned with. Left out: the files are not checked against a plan. */
  planned?: { migrations: Digests; schemaFiles: Digests };
  /** The key from which the stack's passwords are made from now on; left out by a command that makes no password. */
  stackKey?: KeyRecord & { stack: string };
  /** Gets one line per step. */
  log?: (line: string) => void;
  /** Gets a line when the run waits or tries again, and for each leftover of an interrupted run. */
  warn?: (line: string) => void;
  limits?: Partial<RunLimits & ConnectLimits>;
}

export interface RegistryDatabaseState {
  /** Applied migrations: file → SHA-256 of the file. */
  migrations: Record<string, string>;
  /** The last applied migration. */
  version: string;
}

export interface EnsuredRegistry extends RegistryDatabaseState {
  /** The main database's identity. */
  identity: string;
}

export interface RegistryDatabaseFindings extends RegistryDatabaseState {
  /** Changes by hand to the program's part of the database, see {@link isOurs}. Empty if there are none. */
  differences: SchemaDifference[];
  /** The reason why the schema could not be compared with the migrations' schema; left out if it was compared. */
  notCompared?: string;
}

export const mainDatabaseName = "the main database";

/** The stack is null, because several stacks may register in the main database. */
const registryIdentity = { key: mainDatabaseName, stack: null };

/**
 * Migrates the main database by the rules of the orchestras' databases. Leaves the app's own objects in it as they are.
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
    { connection: spec.connection, databaseName: mainDatabaseName, limits, warn },
    async (transaction) => {
      const { client } = transaction;
      const observed = await observeDatabase(client, { ...registryIdentity, migrations, mayHoldOthers: true });
      const { pending, isNew } = observed;
      if (isNew) await createBookkeeping(client);
      await recordOwner(client, observed.owner, { ...registryIdentity, owner: undefined, appLogin: null });
      const run = { databaseName: mainDatabaseName, directory: spec.migrations, migrations, schemaFiles, pending };
      const before = await observeSchema(client, registryScope, pending);
      await migrateDatabase(transaction, { ...run, isNew, log, warn });
      await recordSchema(client, registryScope, before, run);
      if (spec.stackKey) await recordStackKey(client, spec.stackKey.stack, spec.stackKey);
      const state = toState(Object.fromEntries(migrations.map(({ file, sha256 }) => [file, sha256])));
      return { ...state, identity: await readIdentity(client) };
    },
  );
}

/** Describes all rights of the main database: the app's own migrations set most of them. */
export const registryScope = { group: null, withGrants: true };

/**
 * Returns whether this program watches an item of the main database: schema stagesub, the table "Orchestra" and publications, which may
 * carry its connection strings away. Other tables are the app's, and so are additional columns, indexes and checks of "Orchestra".
 */
function isOurs({ kind, what, of }: SchemaItem, expected: ReadonlySet<string>): boolean {
  const top = of ?? what;
  if (/ stagesub[.]| schema stagesub\b/.test(top) || kind === "publication") return true;
  if (top !== orchestraTable) return false;
  return expected.has(what) || !["column", "index", "constraint", "comment", "setting"].includes(kind);
}

const watch = { isOurs, isNeverExpected: isGrantToOutsider };

const orchestraTable = 'table "Orchestra"';

/** Recognizes grants that `revokePublicAccess` revokes before a connection string is written, even if the app's migrations made them. */
function isGrantToOutsider({ kind, what, of }: SchemaItem): boolean {
  return kind === "grant" && of === orchestraTable && / to (PUBLIC|anon|authenticated|"PUBLIC")$/.test(what);
}

/** Reads the result of `ensureRegistryDatabase`; undefined if it has never run in this database. Changes nothing. */
export async function inspectRegistryDatabase(
  connection: Connection,
  limits?: Partial<ConnectLimits>,
): Promise<RegistryDatabaseFindings | undefined> {
  return withSnapshot(
    connection,
    mainDatabaseName,
    async (client) => {
      const ledger = await readLedger(client);
      if (!ledger) return undefined;
      const state = toState(ledger);
      const schema = await compareWithRecord(client, registryScope, state.version, undefined, watch);
      const own = await compareBookkeeping(client, await readOwner(client), registryIdentity);
      const readers = await findOpenReaders(client);
      return { ...state, ...schema, differences: [...own, ...readers, ...schema.differences] };
    },
    limits,
  );
}

function toState(migrations: Record<string, string>): RegistryDatabaseState {
  return { migrations, version: Object.keys(migrations).at(-1) ?? "" };
}
