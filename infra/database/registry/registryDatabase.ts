import type pg from "pg";
import { createBookkeeping } from "../tenant/bookkeeping.ts";
import { compareBookkeeping } from "../tenant/compareBookkeeping.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import { readFacts } from "../connection/serverFacts.ts";
import { migrateDatabase } from "../migrations/migrateDatabase.ts";
import { observeDatabase } from "../tenant/observeDatabase.ts";
import { recordOwner } from "../tenant/owner.ts";
import { readOwnRecords } from "../tenant/ownRecords.ts";
import { readMigrations } from "../migrations/readMigrations.ts";
import type { Digests } from "../../util/digest.ts";
import { requirePlanned } from "../migrations/requirePlanned.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import { compareWithRecord, observeSchema, recordSchema } from "../schema/expectedSchema.ts";
import type { SchemaItem } from "../schema/readSchema.ts";
import { readSchemaFiles } from "../schema/readSchemaFiles.ts";
import { type KeyRecord, readIdentity, recordStackKey } from "./stackKey.ts";
import { withLockedTransaction } from "../connection/withLockedTransaction.ts";
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
  const { connection, stackKey, log, warn } = spec;
  return withLockedTransaction({ connection, databaseName: mainDatabaseName, warn }, async (transaction) => {
    const { client, facts } = transaction;
    const { records, pending } = await observeDatabase(client, facts, {
      ...registryIdentity,
      migrations,
      mayHoldOthers: true,
    });
    const isNew = records === undefined;
    if (isNew) await createBookkeeping(client);
    await recordOwner(client, records?.owner, { ...registryIdentity, owner: undefined, appLogin: null });
    const run = { databaseName: mainDatabaseName, directory: spec.migrations, migrations, schemaFiles, pending };
    const before = await observeSchema(client, registryScope, records?.schema.record, pending);
    await migrateDatabase(transaction, { ...run, isNew, begun: records?.begun, log, warn });
    await recordSchema(client, registryScope, before, { ...run, major: facts.major });
    if (stackKey) await recordStackKey(client, stackKey.stack, stackKey);
    const state = toState(Object.fromEntries(migrations.map(({ file, sha256 }) => [file, sha256])));
    return { ...state, identity: await readIdentity(client) };
  });
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
  const read = async (client: pg.Client) => {
    const [, facts] = await readFacts(client);
    const records = await readOwnRecords(client, facts);
    if (!records) return undefined;
    const state = toState(records.ledger);
    const [schema, own, readers] = await Promise.all([
      compareWithRecord(client, registryScope, records.schema, watch),
      compareBookkeeping(client, facts, records, registryIdentity),
      findOpenReaders(client),
    ]);
    return { ...state, ...schema, differences: [...own, ...readers, ...schema.differences] };
  };
  return withSnapshot(connection, mainDatabaseName, read, limits);
}

function toState(migrations: Record<string, string>): RegistryDatabaseState {
  return { migrations, version: Object.keys(migrations).at(-1) ?? "" };
}

/**
 * Finds objects that pass connection strings on although `"Orchestra"` itself is closed: views over its `"databaseUrl"` or its whole row that read as
 * their owner, and SECURITY DEFINER functions that name the column or read whole rows, if PUBLIC or a role of Supabase's Data API may use them. Supabase
 * lets `anon` use each view and function that the app's migrations make. None is ever expected, even if older than this program's first
 * run. Changes nothing.
 */
async function findOpenReaders(client: pg.Client): Promise<SchemaDifference[]> {
  const { rows } = await client.query<{ what: string; roles: string }>(
    `WITH RECURSIVE outsider AS (
       SELECT 0::oid AS oid, 'PUBLIC' AS name UNION ALL SELECT oid, rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated')
     ),
     reader AS (
       SELECT w.ev_class AS oid FROM pg_attribute a JOIN pg_depend d ON d.refobjid = a.attrelid JOIN pg_rewrite w ON w.oid = d.objid
       WHERE a.attrelid = to_regclass('public."Orchestra"') AND a.attname = 'databaseUrl' AND d.refclassid = 'pg_class'::regclass
         AND d.classid = 'pg_rewrite'::regclass
         -- A whole row depends on no column; a definition shows it as o.*, and every other star as columns.
         AND (d.refobjsubid = a.attnum OR strpos(pg_get_viewdef(w.ev_class), '.*') > 0)
       UNION
       SELECT w.ev_class FROM reader r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
         AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.oid
     ),
     open AS (
       SELECT c.oid::regclass::text AS name, CASE c.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END AS kind, x.grantee
       FROM pg_class c, LATERAL (
         SELECT grantee FROM aclexplode(c.relacl) UNION ALL SELECT x.grantee FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = c.oid
       ) x
       WHERE c.oid IN (SELECT oid FROM reader) AND c.relkind IN ('v', 'm')
         AND NOT EXISTS (
           SELECT 1 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'security_invoker' AND option_value::boolean
         )
       UNION ALL
       SELECT p.oid::regprocedure::text, 'function ', x.grantee
       FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x,
         LATERAL (SELECT p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '') AS body) t
       WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype
         AND (strpos(body, 'databaseUrl') > 0 OR strpos(body, '"Orchestra"') > 0 AND body ~* $1)
     )
     SELECT open.kind || open.name AS what, string_agg(DISTINCT outsider.name, ', ') AS roles
     FROM open JOIN outsider ON outsider.oid = open.grantee GROUP BY 1 ORDER BY 1`,
    [wholeRows],
  );
  return rows.map(({ what, roles }) => ({
    what: `reader of "Orchestra"."databaseUrl", ${what}`,
    expected: null,
    found: `open to ${roles}`,
  }));
}

/** Whole rows in a function's text: a star that is not count(*), rows made JSON or an array, SQL put together at run time. */
const wholeRows = String.raw`(\mselect|\mreturning|,|\.|\mdistinct|\mall)\s*\*|\m(to_jsonb?|row_to_json|jsonb?_agg|array_agg)\s*\(|\mexecute\M`;
