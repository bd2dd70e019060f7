import type pg from "pg";
import type { MigrationRun } from "../applyMigrations.ts";
import { DatabaseError } from "../databaseError.ts";
import { compareSchemas, mayStay, type SchemaDifference } from "./compareSchemas.ts";
import { readParticulars } from "./readParticulars.ts";
import { readReference } from "./readReference.ts";
import { readSchema, type SchemaItem } from "./readSchema.ts";

/** What a database holds, in two parts: what migrations make, wherever they run, and what belongs to this database alone. */
interface Description {
  schema: SchemaItem[];
  particulars: SchemaItem[];
}

/** What the last run that migrated a database left in it. Kept inside the database, and changed in the migrations' own transaction. */
interface Expectation extends Description {
  /** The last migration that was applied. */
  version: string;
  /** Whether the server's major version is the same still: another one may describe the same thing in other words. */
  isOfThisServer: boolean;
}

/** What was known before a run changes anything, for {@link recordSchema}. Nothing: what the run leaves is right. */
export interface WatchedSchema {
  /** The record, where there is one of this version of the schema, and what was there. */
  recorded?: { expectation: Expectation; before: Description };
  /** What the migrations make where nobody has a hand in it. */
  reference?: SchemaItem[];
}

/**
 * Looks at the schema before a run migrates it. Where somebody has changed it by hand, or nothing is recorded of it, the
 * migrations are tried beside it, so that the record is of what they make and never of what was found.
 *
 * @returns undefined where there is nothing to record
 */
export async function watchSchema(
  client: pg.Client,
  run: MigrationRun,
  group: string | null,
): Promise<WatchedSchema | undefined> {
  const version = run.migrations.filter((migration) => !run.pending.includes(migration)).at(-1)?.file;
  if (version === undefined) return {};
  const expectation = await readExpectation(client);
  const isKnown = expectation?.version === version && expectation.isOfThisServer;
  if (isKnown && run.pending.length === 0) return undefined;
  const recorded = isKnown && { expectation, before: await describe(client, group) };
  if (recorded && compareSchemas(expectation.schema, recorded.before.schema).length === 0) return { recorded };
  const reference = await tryMigrations(client, { ...run, pending: run.migrations });
  return { ...(recorded && { recorded }), ...(reference && { reference }) };
}

/** Records what the database should hold from now on, at the end of a run and in its transaction. */
export async function recordSchema(
  client: pg.Client,
  watched: WatchedSchema | undefined,
  version: string,
  group: string | null,
): Promise<void> {
  if (!watched) return;
  const after = await describe(client, group);
  const { schema, particulars } = expectAfter(watched, after);
  await client.query(
    `CREATE TABLE IF NOT EXISTS stagesub.expected_schema (
       only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), version text NOT NULL, server integer NOT NULL, description jsonb NOT NULL)`,
  );
  await client.query(
    `INSERT INTO stagesub.expected_schema (version, server, description) VALUES ($1, ${serverMajor}, $2)
     ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, server = excluded.server, description = excluded.description`,
    [version, JSON.stringify({ schema, particulars })],
  );
}

/**
 * What differs from what the last migrating run left; rights and our own policies are `planRights`' to judge. Changes nothing.
 *
 * @param version the last migration that is applied
 */
export async function findSchemaDifferences(
  client: pg.Client,
  version: string | undefined,
  group: string | null,
): Promise<SchemaDifference[]> {
  const expectation = await readExpectation(client);
  if (expectation?.version !== version || !expectation?.isOfThisServer) {
    return [{ what: unrecorded, expected: `made for ${version ?? "an empty database"} on this server`, found: null }];
  }
  const now = await describe(client, group);
  return compareSchemas(all(expectation), all(now)).filter((difference) => !isTakenAway(difference));
}

/** The one difference that a run puts right by itself. */
export const unrecorded = "record of its schema";

/** A policy that lets somebody else in is a right, which the next run takes back. */
function isTakenAway({ what, expected, found }: SchemaDifference): boolean {
  return what.startsWith("policy ") && expected === null && (found?.startsWith("permissive") ?? false);
}

/** What should be there after a run: what was expected before, and what the run has changed. */
function expectAfter({ recorded, reference }: WatchedSchema, after: Description): Description {
  if (recorded) {
    const { expectation, before } = recorded;
    return {
      schema: carryOver(expectation.schema, before.schema, after.schema, reference),
      particulars: carryOver(expectation.particulars, before.particulars, after.particulars),
    };
  }
  if (!reference) return after;
  const made = new Set(reference.map(({ what }) => what));
  const kept = after.schema.filter((item) => mayStay(item) && !made.has(item.what));
  return { ...after, schema: [...reference, ...kept] };
}

/**
 * The expected items with what a run has changed among the found ones. Of what was not as expected before, `reference` says what
 * is right now; where that is not known it goes on being expected as it was, so that no change by hand is taken for ours.
 */
export function carryOver(
  expected: readonly SchemaItem[],
  before: readonly SchemaItem[],
  after: readonly SchemaItem[],
  reference?: readonly SchemaItem[],
): SchemaItem[] {
  const [was, then, now, right] = [expected, before, after, reference ?? expected].map(
    (items) => new Map(items.map((item) => [item.what, item])),
  ) as [Items, Items, Items, Items];
  return [...new Set([...was.keys(), ...now.keys(), ...right.keys()])].flatMap((what) => {
    const asExpected = was.get(what)?.definition === then.get(what)?.definition;
    return (asExpected ? now : right).get(what) ?? [];
  });
}

type Items = Map<string, SchemaItem>;

async function describe(client: pg.Client, group: string | null): Promise<Description> {
  return { schema: await readSchema(client, "public"), particulars: await readParticulars(client, group) };
}

function all({ schema, particulars }: Description): SchemaItem[] {
  return [...schema, ...particulars];
}

/** Undefined where there is none: this program's earlier versions made none. */
async function readExpectation(client: pg.Client): Promise<Expectation | undefined> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('stagesub.expected_schema') IS NOT NULL AS there",
  );
  if (!tables[0]!.there) return undefined;
  const { rows } = await client.query<{ version: string; isOfThisServer: boolean; description: Description }>(
    `SELECT version, server = ${serverMajor} AS "isOfThisServer", description FROM stagesub.expected_schema`,
  );
  const [row] = rows;
  return row && { version: row.version, isOfThisServer: row.isOfThisServer, ...row.description };
}

const serverMajor = "current_setting('server_version_num')::int / 10000";

/** Undefined where they cannot be tried beside the database's own tables: one that names schema public, say. */
async function tryMigrations(client: pg.Client, run: MigrationRun): Promise<SchemaItem[] | undefined> {
  try {
    return await readReference(client, run);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    await client.query("ROLLBACK TO SAVEPOINT reference; RELEASE SAVEPOINT reference");
    return undefined;
  }
}
