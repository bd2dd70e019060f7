import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from } from "pg-copy-streams";
import { DatabaseError } from "../databaseError.ts";
import type { BackedUpTable } from "./manifest.ts";
import type { Backup } from "./readBackup.ts";
import { digestTable, listTables, quoteTable, readSequences, type Table } from "./tables.ts";

/**
 * Fills the tables that the migrations have just made, and compares them with the manifest. Rows that a migration wrote
 * itself give way to those of the backup.
 *
 * @throws DatabaseError where a table or column of the backup is missing, or what arrived is not what was backed up
 */
export async function loadTables(
  client: pg.Client,
  { manifest, rows }: Backup,
  log: ((line: string) => void) | undefined,
): Promise<void> {
  const tables = await matchTables(client, manifest.tables);
  const names = manifest.tables.map(quoteTable);
  await withoutChecks(client, async () => {
    await client.query(`TRUNCATE ${names.join(", ")}`);
    for (const table of manifest.tables) {
      const columns = table.columns.map((column) => pg.escapeIdentifier(column)).join(", ");
      await pipeline(rows(table), client.query(from(`COPY ${quoteTable(table)} (${columns}) FROM STDIN`)));
      log?.(`${manifest.key}: ${table.name}, ${table.rows} rows`);
    }
  });
  for (const [name, value] of Object.entries(manifest.sequences))
    if (value !== null) await client.query("SELECT setval($1::regclass, $2::bigint)", [name, value]);
  await compare(client, manifest, tables);
}

/** The tables as they are here, each with every column of the backup. */
async function matchTables(client: pg.Client, expected: BackedUpTable[]): Promise<Map<string, Table>> {
  const here = new Map((await listTables(client)).map((table) => [quoteTable(table), table]));
  const missing = expected.flatMap((table) => {
    const columns = here.get(quoteTable(table))?.columns;
    if (!columns) return [quoteTable(table)];
    return table.columns
      .filter((column) => !columns.includes(column))
      .map((column) => `${quoteTable(table)}.${pg.escapeIdentifier(column)}`);
  });
  if (missing.length === 0) return here;
  throw new DatabaseError(
    `Refusing to restore: the backup holds what the migrations here do not make: ${missing.join(", ")}. ` +
      "If it is the app's, let the app's migrations make it first. Nothing was changed.",
  );
}

interface Check {
  /** Statements that put the check off, and back exactly as it was. */
  off: string;
  on: string;
}

/**
 * Lets `work` write tables in any order, also where they refer to each other in a circle or to themselves: foreign keys
 * are looked at when it is done, and the tables' own triggers rest. Needs no superuser, only the tables' owner.
 */
async function withoutChecks(client: pg.Client, work: () => Promise<void>): Promise<void> {
  const { rows: checks } = await client.query<Check>(`
    SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', conrelid::regclass, conname) AS off,
           format('ALTER TABLE %s ALTER CONSTRAINT %I %s', conrelid::regclass, conname,
             CASE WHEN NOT condeferrable THEN 'NOT DEFERRABLE' WHEN condeferred THEN 'DEFERRABLE INITIALLY DEFERRED'
                  ELSE 'DEFERRABLE INITIALLY IMMEDIATE' END) AS on
    FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND connamespace IN ('public'::regnamespace, 'stagesub'::regnamespace)
    UNION ALL
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
           format('ALTER TABLE %s ENABLE %s TRIGGER %I', tgrelid::regclass,
             CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname)
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgparentid = 0 AND relnamespace IN ('public'::regnamespace, 'stagesub'::regnamespace)`);
  const run = async (statements: string[]) => {
    if (statements.length > 0) await client.query(statements.join(";\n"));
  };
  await run(checks.map(({ off }) => off));
  await work();
  await client.query("SET CONSTRAINTS ALL IMMEDIATE");
  await run(checks.map(({ on }) => on));
}

async function compare(client: pg.Client, manifest: Backup["manifest"], here: Map<string, Table>): Promise<void> {
  const differing: string[] = [];
  for (const expected of manifest.tables) {
    const table = { ...here.get(quoteTable(expected))!, columns: expected.columns };
    const { rows, sha256 } = await digestTable(client, table);
    if (rows !== expected.rows) differing.push(`${expected.name} (${rows} rows instead of ${expected.rows})`);
    else if (sha256 !== expected.sha256) differing.push(expected.name);
  }
  const sequences = await readSequences(client);
  for (const [name, value] of Object.entries(manifest.sequences))
    if (sequences[name] !== value) differing.push(`${name} (${sequences[name]} instead of ${value})`);
  if (differing.length > 0)
    throw new DatabaseError(
      `${manifest.key}: what arrived is not what was backed up: ${differing.join(", ")}. Nothing was changed.`,
    );
}
