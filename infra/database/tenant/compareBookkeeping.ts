import type pg from "pg";
import type { Facts } from "../connection/serverFacts.ts";
import type { Identity, OwnerRecord } from "./owner.ts";
import type { OwnRecords } from "./ownRecords.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";

/** The identity that a database should have. */
export interface ExpectedOwner extends Identity {
  /** The orchestra that should hold the database; null for a spare. Left out: not compared. */
  orchestra?: string | null;
}

/**
 * Compares a database's own records with the expected ones: its owner, and its migrations, which the program and node-pg-migrate each
 * record in a table of their own. A run refuses most of these differences; until then they are drift. Changes nothing.
 */
export async function compareBookkeeping(
  client: pg.Client,
  { tables }: Facts,
  { owner, begun }: OwnRecords,
  expected: ExpectedOwner | undefined,
): Promise<SchemaDifference[]> {
  // The comparison of schemas reports a missing table.
  const ledgers = tables.has("stagesub.pgmigrations") ? await compareLedgers(client) : [];
  return [
    ...(expected ? compareMark(owner, expected) : []),
    ...ledgers,
    ...(begun ? [{ what: `migration ${begun.file}`, expected: "done or not begun", found: "begun" }] : []),
  ];
}

function compareMark(found: OwnerRecord | undefined, expected: ExpectedOwner): SchemaDifference[] {
  const orchestra = expected.orchestra === undefined ? (found?.orchestra ?? null) : expected.orchestra;
  const [is, was] = [describe({ ...expected, orchestra }), found ? describe(found) : null];
  return is === was ? [] : [{ what: "stagesub.owner", expected: is, found: was }];
}

function describe({ key, stack, orchestra }: ExpectedOwner): string {
  const mark = stack === null ? key : `${key} of stack ${stack}`;
  return orchestra ? `${mark}, held by ${orchestra}` : mark;
}

async function compareLedgers(client: pg.Client): Promise<SchemaDifference[]> {
  const { rows } = await client.query<{ name: string; ours: boolean }>(
    `SELECT name, bool_or(ours) AS ours FROM (
       SELECT regexp_replace(file, '\\.sql$', '') AS name, true AS ours FROM stagesub.migration
       UNION ALL SELECT name, false FROM stagesub.pgmigrations) AS both_ledgers
     GROUP BY name HAVING count(*) <> 2 OR NOT bool_or(ours) ORDER BY name`,
  );
  return rows.map(({ name, ours }) => ({
    what: `record of migration ${name}`,
    expected: ours ? "once in stagesub.pgmigrations" : null,
    found: ours ? "not so" : "in stagesub.pgmigrations",
  }));
}
