import type pg from "pg";
import pLimit from "p-limit";

import { keyOf } from "../../infra/plan/planOrchestras.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { openStack } from "../stack/openStack.ts";
import type { MigrationChange, RowsMet } from "./read/readMigrationChanges.ts";
import type { StackChanges } from "./read/stackChanges.ts";
import { withSnapshot } from "../../infra/database/connection/withSnapshot.ts";
import { atOnce, readLimits } from "../fleet/readDatabase.ts";

const main = "the main database";

/** Adds to each danger the number of rows that it meets. Opens the stack, with its secrets, only if there is a danger. */
export async function addRows(changes: StackChanges): Promise<StackChanges> {
  const { migrations, mainDatabase } = changes;
  const own = mainDatabase.migrations;
  if (tablesOf([...migrations, ...own]).length === 0) return changes;
  const stack = await openStack(changes.stack).catch(() => undefined);
  const keys = new Map(stack?.plan.orchestras.map((orchestra) => [orchestra.id, keyOf(orchestra)]));
  const connections: Record<string, Connection> = {};
  for (const id of migrations.flatMap(reachOf)) {
    const connection = stack?.migrators[keys.get(id) ?? id];
    if (connection) connections[id] = connection;
  }
  const [counts, mainCounts] = await Promise.all([
    countRows(connections, tablesOf(migrations)),
    countRows(stack && own.length > 0 ? { [main]: stack.registry } : {}, tablesOf(own)),
  ]);
  return {
    ...changes,
    migrations: migrations.map((one) => withRows(one, reachOf(one), counts)),
    mainDatabase: { ...mainDatabase, migrations: own.map((one) => withRows(one, [main], mainCounts)) },
  };
}

function reachOf({ orchestras, spares }: MigrationChange): string[] {
  return [...orchestras, ...spares];
}

function tablesOf(migrations: readonly MigrationChange[]): string[] {
  return migrations.flatMap(({ dangers }) => dangers.flatMap(({ table }) => table ?? []));
}

function withRows(migration: MigrationChange, ids: readonly string[], counts: Record<string, DatabaseRows>) {
  const dangers = migration.dangers.map((danger) =>
    danger.table === undefined ? danger : { ...danger, rows: sumRows(danger.table, ids, counts) },
  );
  return { ...migration, dangers };
}

/** Adds up a table's rows over databases. */
export function sumRows(table: string, ids: readonly string[], counts: Record<string, DatabaseRows>): RowsMet {
  const met: RowsMet = { total: 0, exact: true, databases: 0, unknown: [], unreachable: [] };
  for (const id of ids) {
    const found = counts[id];
    const rows = found?.[table];
    if (!found) met.unreachable.push(id);
    else if (rows?.kind === "unknown") met.unknown.push(id);
    else if (rows?.kind === "counted" || rows?.kind === "estimated") {
      met.databases += 1;
      met.total += rows.rows;
      met.exact &&= rows.kind === "counted";
      if (rows.rows > (met.most?.rows ?? 0)) met.most = { id, rows: rows.rows };
    }
  }
  return met;
}

/** The number of a table's rows: counted, or PostgreSQL's estimate since it last looked. A view is `absent`. */
export type TableRows = { kind: "counted" | "estimated"; rows: number } | { kind: "unknown" | "absent" };

/** Table → its rows; undefined if the database did not answer. */
export type DatabaseRows = Record<string, TableRows> | undefined;

/** A table up to this size is counted, in bytes: some tens of thousands of rows, milliseconds. */
const smallBytes = 16 * 1024 * 1024;

/**
 * Counts the rows of these tables in each of these databases, a few databases at a time. Changes nothing and waits for no lock longer than a
 * second.
 *
 * @param connections database key (an orchestra's id or `pool-N`) → connection of the owning role
 * @param tables as `SqlDanger.table` names them: `public."User"`
 */
export async function countRows(
  connections: Readonly<Record<string, Connection>>,
  tables: readonly string[],
): Promise<Record<string, DatabaseRows>> {
  const wanted = [...new Set(tables)];
  const entries = await pLimit(atOnce).map(
    Object.entries(connections),
    async ([key, connection]) => [key, await readDatabase(key, connection, wanted)] as const,
  );
  return Object.fromEntries(entries);
}

async function readDatabase(key: string, connection: Connection, tables: readonly string[]): Promise<DatabaseRows> {
  if (tables.length === 0) return {};
  return withSnapshot(connection, key, (client) => readTables(client, tables), readLimits).catch(() => undefined);
}

interface Relation {
  wanted: string;
  oid: string;
  /** The name as a query writes it; null if there is no such table. */
  name: string | null;
  /** PostgreSQL's estimate; 0 means that there is none. */
  estimate: string;
}

async function readTables(client: pg.Client, tables: readonly string[]): Promise<Record<string, TableRows>> {
  await client.query("SET LOCAL lock_timeout = 1000");
  // `reltuples` is -1 until somebody analyses the table. This query locks none of the tables.
  const { rows } = await client.query<Relation>(
    `SELECT wanted, c.oid, CASE WHEN c.oid IS NOT NULL THEN format('%I.%I', n.nspname, c.relname) END AS name,
            (CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE coalesce(s.n_live_tup, 0) END)::bigint AS estimate
     FROM unnest($1::text[]) AS wanted
     LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid)
       ON c.oid = to_regclass(wanted) AND c.relkind IN ('r', 'p', 'm')`,
    [tables],
  );
  const found: Record<string, TableRows> = {};
  for (const relation of rows)
    found[relation.wanted] = relation.name === null ? { kind: "absent" } : await readRows(client, relation);
  return found;
}

async function readRows(client: pg.Client, { oid, name, estimate }: Relation): Promise<TableRows> {
  // An estimate of 0 would be a lie where nobody has analysed the table.
  const estimated: TableRows =
    Number(estimate) > 0 ? { kind: "estimated", rows: Number(estimate) } : { kind: "unknown" };
  await client.query("SAVEPOINT counting");
  try {
    // The parts of a partitioned table hold its rows.
    const size = await client.query<{ bytes: string }>(
      `SELECT coalesce(sum(pg_relation_size(part)), 0) AS bytes
       FROM (SELECT $1::oid AS part UNION SELECT relid FROM pg_partition_tree($1::oid)) AS parts`,
      [oid],
    );
    if (Number(size.rows[0]!.bytes) > smallBytes && estimated.kind === "estimated") return estimated;
    const answer = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${name}`);
    return { kind: "counted", rows: Number(answer.rows[0]!.count) };
  } catch (error) {
    // Another session locks the table, or the count takes too long.
    if (!["55P03", "57014"].includes((error as pg.DatabaseError).code ?? "")) throw error;
    await client.query("ROLLBACK TO SAVEPOINT counting");
    return estimated;
  }
}
