import type pg from "pg";
import { applyMigrations } from "../migrations/applyMigrations.ts";
import { createBookkeeping } from "./bookkeeping.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import { UserError } from "../../errors.ts";
import { readLedger } from "../migrations/ledger.ts";
import { recordOwner } from "./owner.ts";
import { readMigrations, type Migration } from "../migrations/readMigrations.ts";
import { withLockedTransaction, type RunLimits } from "../connection/withLockedTransaction.ts";
import { compareSchemas, type SchemaDifference } from "../schema/compareSchemas.ts";
import { recordBaseline } from "../schema/expectedSchema.ts";
import type { MadeSchema } from "../schema/schemaFile.ts";
import { isSchemaObject, readSchema, type SchemaItem } from "../schema/readSchema.ts";
import { findFilledTables, hasRelation, prismaLedger, readServerMajor } from "../connection/serverFacts.ts";

export interface BaselineSpec {
  /** Connection of the role that owns the database, through the session pooler or the direct host. */
  connection: Connection;
  /** The database's key in its stack: "malmo" or "pool-3". */
  key: string;
  stack: string;
  /** The orchestra whose data the database holds; left out for a spare of the pool, which must hold no data. */
  owner?: { orchestra: string; name: string };
  /** Folder of the migrations. */
  migrations: string;
  /** The last migration whose changes the database already has, such as `0011_audit_log.sql`. */
  at: string;
  /** The result of the migrations up to `at` on a throw-away PostgreSQL of the same major version, see `makeSchemaFile`. */
  made: MadeSchema;
  limits?: Partial<RunLimits & ConnectLimits>;
}

export interface BaselineReport {
  /** The differences between the migrations' schema and the database's; empty if they are the same. */
  differences: SchemaDifference[];
  /** Names of additional objects that the database may keep: they belong to no table of the app. */
  leftAlone: string[];
  /** Whether the ledger was written: only if there is no difference. */
  written: boolean;
}

/** Longest time in milliseconds that the baseline waits for a lock and may hold up the app: it reads little but the catalogue. */
const tableLockMs = 2_000;

/**
 * Adopts a database that the app made by other means: compares it with the schema that the migrations up to a file make and, if
 * nothing differs, records these as applied, and the owner. Changes no data, and reads only whether a spare holds any and which
 * user is the first administrator. `ensureOrchestraDatabase` continues from there.
 *
 * @throws {UserError} if the database already holds a ledger, or holds an orchestra's data and is to be a spare
 */
export async function baselineDatabase(spec: BaselineSpec): Promise<BaselineReport> {
  const { key, stack, owner, made, migrations: directory } = spec;
  const migrations = readMigrations(directory);
  const pending = upTo(migrations, spec.at);
  const run = { databaseName: key, directory, migrations, pending };
  const limits = { tableLockMs, ...spec.limits };
  return withLockedTransaction({ connection: spec.connection, databaseName: key, limits }, async ({ client }) => {
    await refuseBookkeeping(client, key);
    await requireServer(client, key, made.major);
    const found = await readSchema(client, { group: null });
    const comparison = compareForBaseline(made, found);
    if (comparison.differences.length > 0) return { ...comparison, written: false };
    if (!owner) await refuseRows(client, key);
    await createBookkeeping(client);
    await applyMigrations(client, { ...run, recordOnly: true });
    await recordOwner(client, undefined, { key, stack, owner, appLogin: null });
    if (owner) await recordAdministrator(client);
    await recordBaseline(client, made, spec.at, found);
    return { ...comparison, written: true };
  });
}

/**
 * Compares the tables and other objects that the migrations make with those of a database that the app made by other means. Roles,
 * rights, extensions and the like are the database's own; `planGrants` corrects the app's rights later. Pure.
 */
export function compareForBaseline(
  { items }: Pick<MadeSchema, "items">,
  found: readonly SchemaItem[],
): Pick<BaselineReport, "differences" | "leftAlone"> {
  const isObject = (item: SchemaItem): boolean =>
    !/ stagesub\./.test(item.what) && (item.of !== null || isSchemaObject(item));
  const known = new Set(items.map(({ what }) => what));
  const objects = found.filter((item) => isObject(item) && isComparable(item));
  const kept = objects.filter((item) => !known.has(item.what) && mayStay(item, known));
  return {
    differences: compareSchemas(
      items.filter((item) => isObject(item) && isComparable(item)),
      objects.filter((item) => !kept.includes(item)),
    ),
    leftAlone: kept.filter(({ of }) => of === null).map(({ what }) => what),
  };
}

/** Leaves out owners, rights, comments and settings: the first run corrects rights, and comments have no effect. */
function isComparable({ kind }: SchemaItem): boolean {
  return !["owner", "grant", "comment", "setting"].includes(kind);
}

/** Accepts additional functions: one that nothing calls has no effect, and a trigger or default that calls one differs by itself. */
function mayStay({ kind, what, of }: SchemaItem, known: ReadonlySet<string>): boolean {
  const top = of ?? what;
  return kind === "function" || top === `table ${prismaLedger}` || (isInOtherSchema(top) && !known.has(top));
}

/** Returns whether the object is outside `public`, in a schema of another program. */
function isInOtherSchema(top: string): boolean {
  return /^(?:"(?:[^"]|"")+"|[^".(\s]+)\./.test(top.replace(/^(partitioned |materialized |foreign )?[a-z]+ /, ""));
}

/** Refuses a server of another major version, which describes the same object in other words. */
async function requireServer(client: pg.Client, key: string, major: number): Promise<void> {
  const found = await readServerMajor(client);
  if (found === major) return;
  throw new UserError(
    "adoption-refused",
    `Cannot compare ${key} with the migrations: expected PostgreSQL ${major}, which they were tried on, found ${found}. ` +
      `Upgrade the database to ${major} first.`,
  );
}

function upTo(migrations: Migration[], at: string): Migration[] {
  const index = migrations.findIndex(({ file }) => file === at);
  if (index >= 0) return migrations.slice(0, index + 1);
  const files = migrations.map(({ file }) => file).join(", ");
  throw new UserError(
    "adoption-refused",
    `Expected a migration's file, got ${JSON.stringify(at)}. There are: ${files}.`,
  );
}

async function refuseBookkeeping(client: pg.Client, key: string): Promise<void> {
  const ledger = await readLedger(client);
  if (ledger) {
    throw new UserError(
      "adoption-refused",
      `Refusing to baseline ${key}: expected a database without our ledger, found one up to ${Object.keys(ledger).at(-1)}. ` +
        "`pulumi up` checks it and brings it up to date.",
    );
  }
  const { rows } = await client.query("SELECT FROM pg_class WHERE relnamespace = to_regnamespace('stagesub') LIMIT 1");
  if (rows.length === 0) return;
  throw new UserError(
    "adoption-refused",
    `Refusing to baseline ${key}: schema stagesub is there, but no ledger in it. Restore a backup, or remove that schema if it is not ours.`,
  );
}

/** Refuses a spare with rows outside the seeded tables: a claim writes seeds anew, but other rows belong to somebody. */
async function refuseRows(client: pg.Client, key: string): Promise<void> {
  const seeded = ['"EmailTemplate"', '"SystemSetting"'];
  const filled = (await findFilledTables(client)).filter((name) => !seeded.includes(name));
  if (filled.length === 0) return;
  throw new UserError(
    "adoption-refused",
    `Refusing to baseline ${key} as a free pool database: expected no data but templates and settings, found rows in ${filled.join(", ")}. ` +
      "Let the orchestra that they belong to claim it in the stack file first, or empty those tables.",
  );
}

/** Records the oldest active administrator as the first one, so that no other is made for an orchestra that already works. */
async function recordAdministrator(client: pg.Client): Promise<void> {
  if (!(await hasRelation(client, 'public."User"'))) return;
  await client.query(
    `UPDATE stagesub.owner SET administrator_found = true, administrator_id = first."id" FROM
       (SELECT "id" FROM public."User" WHERE "role"::text = 'ADMIN' AND "isActive" AND "passwordHash" IS NOT NULL
        ORDER BY "createdAt", "id" LIMIT 1) first`,
  );
}
