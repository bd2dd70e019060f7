import type pg from "pg";
import type { Migration } from "../migrations/readMigrations.ts";
import { compareSchemas, type SchemaDifference } from "./compareSchemas.ts";
import { isSchemaObject, readSchema, type SchemaItem, type SchemaScope } from "./readSchema.ts";
import { findSchemaText, type MadeSchema, parseSchemaFile } from "./schemaFile.ts";
import type { SchemaFile } from "./readSchemaFiles.ts";
import { takeFingerprint } from "./catalogueFingerprint.ts";

/**
 * Creates one of the program's own tables. `made` is the committed schema file of the migrations that were applied last; `found` holds
 * the database's own items: those that existed before the program's first run, such as its host's extensions and roles. `fingerprint` is
 * null if no run has found no difference since the record was written.
 */
export const expectedSchemaTable = `CREATE TABLE stagesub.expected_schema (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      version text NOT NULL,
      server integer NOT NULL,
      made text,
      found jsonb NOT NULL,
      fingerprint text
    )`;

export interface SchemaRecord {
  /** The last applied migration. */
  version: string;
  /** Major version of the server at that time. */
  server: number;
  /** Text of the schema file; null if none was committed for that server. */
  made: string | null;
  found: readonly SchemaItem[];
  /** The fingerprint of the catalogue and the digest of this record at the end of the last run that found no difference; null if none has. */
  fingerprint: string | null;
  /** A digest of all the others. */
  digest: string;
}

const digestOfRecord = "md5(concat_ws(' ', version, server, made, found))";

/** A database before a run changes it; without items if the run has nothing to migrate. */
export interface SchemaBefore {
  record: SchemaRecord | undefined;
  items: readonly SchemaItem[] | undefined;
}

/**
 * Reads what {@link recordSchema} needs from a database before a run changes it. Changes nothing.
 *
 * @param isVerified the result of {@link isAsVerified}
 */
export async function observeSchema(
  client: pg.Client,
  scope: SchemaScope,
  record: SchemaRecord | undefined,
  pending: readonly Migration[],
  isVerified = false,
): Promise<SchemaBefore> {
  if (pending.length === 0) return { record, items: undefined };
  return { record, items: isVerified ? expectItems(record!.made!, record!.found) : await readSchema(client, scope) };
}

/** Returns whether nothing in the catalogue and in its record was changed since the end of the last run that found no difference. */
export function isAsVerified({ record, ...now }: RecordedSchema, fingerprint: string | undefined): boolean {
  if (!record || fingerprint === undefined) return false;
  return record.fingerprint === `${fingerprint} ${record.digest}` && findObstacle(record, now) === undefined;
}

/** Records, as the last step of a run that found no difference, the fingerprint that the catalogue had right before it was read. */
export async function recordVerified(client: pg.Client, fingerprint: string): Promise<void> {
  await client.query(`UPDATE stagesub.expected_schema SET fingerprint = concat_ws(' ', $1::text, ${digestOfRecord})`, [
    fingerprint,
  ]);
}

/** The items of a schema, and the fingerprint that the catalogue had right before they were read: what somebody changes since differs from it. */
export interface SchemaReading {
  fingerprint: string;
  items: readonly SchemaItem[];
}

/**
 * Records the expected contents of a database, in the transaction of the run that migrates it: the committed schema file and the
 * database's own items. A change by hand does not become expected.
 *
 * @returns the database's items, if they had to be read
 */
export async function recordSchema(
  client: pg.Client,
  scope: SchemaScope,
  { record, items: before }: SchemaBefore,
  {
    migrations,
    schemaFiles,
    major: server,
  }: { migrations: readonly Migration[]; schemaFiles: readonly SchemaFile[]; major: number },
): Promise<SchemaReading | undefined> {
  const made = findSchemaText(schemaFiles, migrations, server) ?? null;
  const version = migrations.at(-1)!.file;
  if (!before && record?.version === version && record.server === server && record.made === made) return undefined;
  const [fingerprint, items] = await Promise.all([takeFingerprint(client, scope.group), readSchema(client, scope)]);
  const found = before
    ? carryOver(record?.found ?? before, before, items)
    : (record?.found ?? findOwnItems(items, made));
  await writeRecord(client, { version, server, made, found });
  return { fingerprint, items };
}

/** Records a database that a baseline adopts: everything in it that the migrations do not make is its own. */
export async function recordBaseline(
  client: pg.Client,
  { items, text, major }: MadeSchema,
  version: string,
  found: readonly SchemaItem[],
): Promise<void> {
  const made = new Set(items.map(({ what }) => what));
  await writeRecord(client, { version, server: major, made: text, found: found.filter(({ what }) => !made.has(what)) });
}

async function writeRecord(
  client: pg.Client,
  { version, server, made, found }: Omit<SchemaRecord, "fingerprint" | "digest">,
): Promise<void> {
  await client.query(
    `INSERT INTO stagesub.expected_schema (version, server, made, found) VALUES ($1, $2, $3, $4)
     ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, server = excluded.server, made = excluded.made, found = excluded.found,
       fingerprint = NULL`,
    [version, server, made, JSON.stringify(found)],
  );
}

/** Returns a database's own items if its record is gone. Objects that no migration makes may be anybody's, so they are reported. */
function findOwnItems(now: readonly SchemaItem[], made: string | null): SchemaItem[] {
  const known = new Set(made === null ? [] : parseSchemaFile(made).items.map(({ what }) => what));
  const there = new Set(now.map(({ what }) => what));
  return now.filter(
    (item) => (item.of === null || !there.has(item.of)) && !known.has(item.what) && !isSchemaObject(item),
  );
}

/**
 * Returns a database's own items after a run. An item that was as expected before the run is expected as the run left it; the
 * others stay as recorded. New parts of the database's own tables count as its own too. Pure.
 */
function carryOver(
  own: readonly SchemaItem[],
  before: readonly SchemaItem[],
  after: readonly SchemaItem[],
): SchemaItem[] {
  const [was, then, now] = [own, before, after].map((items) => new Map(items.map((item) => [item.what, item])));
  const isOwn = ({ what, of }: SchemaItem): boolean => was!.has(what) || (of !== null && was!.has(of));
  const candidates = new Map([...own, ...after.filter(isOwn)].map((item) => [item.what, item]));
  return [...candidates.keys()].flatMap((what) => {
    const asExpected = was!.get(what)?.definition === then!.get(what)?.definition;
    return (asExpected ? now! : was!).get(what) ?? [];
  });
}

/** The differences from the record, or the reason why no comparison was possible. */
export type SchemaComparison = { differences: SchemaDifference[]; notCompared?: string };

/** A schema's record, and what it is compared with first. */
export interface RecordedSchema {
  record: SchemaRecord | undefined;
  /** Major version of the server. */
  major: number;
  /** The last applied migration. */
  version: string | undefined;
}

/** Facts that the caller of {@link compareWithRecord} has read. */
export interface KnownSchema extends RecordedSchema {
  /** The database's items, if they were just read. */
  items?: readonly SchemaItem[] | undefined;
}

/** Narrows the comparison of a database that others use too. */
export interface Watch {
  /** Whether an item is compared; `expected` has the names of all expected items. */
  isOurs: (item: SchemaItem, expected: ReadonlySet<string>) => boolean;
  /** Whether an item counts as a change by hand even if it existed before the program's first run. */
  isNeverExpected: (item: SchemaItem) => boolean;
}

/** Compares a database with its own record. Changes nothing. */
export async function compareWithRecord(
  client: pg.Client,
  scope: SchemaScope,
  { record, major, version, items }: KnownSchema,
  { isOurs, isNeverExpected }: Watch = { isOurs: () => true, isNeverExpected: () => false },
): Promise<SchemaComparison> {
  if (!record)
    return { differences: [{ what: unrecorded, expected: `made for ${version ?? "no migration"}`, found: null }] };
  const notCompared = findObstacle(record, { major, version });
  if (notCompared !== undefined) return { differences: [], notCompared };
  const expected = expectItems(record.made!, record.found).filter((item) => !isNeverExpected(item));
  const known = new Set(expected.map(({ what }) => what));
  const ours = (item: SchemaItem): boolean => isOurs(item, known);
  return {
    differences: compareSchemas(expected.filter(ours), (items ?? (await readSchema(client, scope))).filter(ours)),
  };
}

/** Returns the reason why a database cannot be compared with its record. */
function findObstacle(record: SchemaRecord, { major, version }: Omit<RecordedSchema, "record">): string | undefined {
  if (record.version !== version)
    return `the record of its schema is of ${record.version}, its ledger says ${version ?? "nothing"}`;
  if (record.server !== major)
    return `the record of its schema is of PostgreSQL ${record.server}, its server is ${major}`;
  return record.made === null
    ? `no schema file of PostgreSQL ${major} was there for ${version} when it was migrated`
    : undefined;
}

/** Overlays the database's own items with the schema file's. A table that existed before stays its own with all its parts. */
function expectItems(text: string, found: readonly SchemaItem[]): SchemaItem[] {
  const { items, removed } = parseSchemaFile(text);
  const own = new Set(found.filter(({ of, kind }) => of === null && kind.endsWith("table")).map(({ what }) => what));
  const made = items.filter(({ what, of }) => !own.has(of ?? what));
  const overlaid = new Set([...removed, ...made.map(({ what }) => what)]);
  return [...made, ...found.filter(({ what }) => !overlaid.has(what))];
}

/** Returns the record; undefined if its row is gone. Expects {@link expectedSchemaTable}. */
export async function readRecord(client: pg.Client): Promise<SchemaRecord | undefined> {
  const { rows } = await client.query<SchemaRecord>(
    `SELECT version, server, made, found, fingerprint, ${digestOfRecord} AS digest FROM stagesub.expected_schema`,
  );
  return rows[0];
}

/** The one difference that a run corrects by itself. */
export const unrecorded = "record of its schema";
