import type pg from "pg";
import pLimit from "p-limit";

import { type Connection, withClient } from "../../infra/database/connection/connection.ts";
import { withReadOnlyTransaction } from "../../infra/database/connection/withReadOnlyTransaction.ts";
import { atOnce, readLimits } from "../fleet/readDatabase.ts";

/** The number of a table's rows: counted, or PostgreSQL's own estimate since it last looked. */
export interface RowCount {
  rows: number;
  exact: boolean;
}

/** The answer of one database. */
export type DatabaseRows =
  /** Table → its rows; null where there is no such table, or a view. */
  | { kind: "counted"; tables: Record<string, RowCount | null> }
  /** The database did not answer; the reason holds no secret. */
  | { kind: "unreachable"; reason: string };

/** A table up to this size is counted, in bytes: some tens of thousands of rows, milliseconds. */
const smallBytes = 16 * 1024 * 1024;

/**
 * Counts the rows of each of these tables in each of these databases, eight databases at a time, seconds each. Changes nothing; waits
 * for no lock longer than a second. Unreachable databases are reported as unreachable; the rest are still counted.
 *
 * @param connections database key (an orchestra's id or `pool-N`) → the owning role's way in
 * @param tables as `SqlDanger.table` names them: `public."User"`
 */
export async function countRows(
  connections: Readonly<Record<string, Connection>>,
  tables: readonly string[],
): Promise<Record<string, DatabaseRows>> {
  const limit = pLimit(atOnce);
  const wanted = [...new Set(tables)];
  const entries = Object.entries(connections).map(([key, connection]) =>
    limit(async () => [key, await readOne(key, connection, wanted)] as const),
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function readOne(key: string, connection: Connection, tables: readonly string[]): Promise<DatabaseRows> {
  if (tables.length === 0) return { kind: "counted", tables: {} };
  try {
    const counted = await withClient(
      connection,
      (client) => withReadOnlyTransaction(client, key, () => readTables(client, tables)),
      readLimits,
    );
    return { kind: "counted", tables: counted };
  } catch (error) {
    return { kind: "unreachable", reason: (error as Error).message };
  }
}

interface Known {
  wanted: string;
  oid: string | null;
  /** The name as a query writes it; null if there is no such table. */
  name: string | null;
  rows: string;
}

async function readTables(client: pg.Client, tables: readonly string[]): Promise<Record<string, RowCount | null>> {
  await client.query("SET LOCAL lock_timeout = 1000");
  // `reltuples` is -1 where nobody has analysed the table yet. This much needs no lock of the tables themselves.
  const { rows } = await client.query<Known>(
    `SELECT wanted, c.oid, CASE WHEN c.oid IS NOT NULL THEN format('%I.%I', n.nspname, c.relname) END AS name,
            (CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE coalesce(s.n_live_tup, 0) END)::bigint AS rows
     FROM unnest($1::text[]) AS wanted
     LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid)
       ON c.oid = to_regclass(wanted) AND c.relkind IN ('r', 'p', 'm')`,
    [tables],
  );
  const counted: Record<string, RowCount | null> = {};
  for (const known of rows) counted[known.wanted] = known.name === null ? null : await readRows(client, known);
  return counted;
}

async function readRows(client: pg.Client, { oid, name, rows }: Known): Promise<RowCount> {
  const estimated = { rows: Number(rows), exact: false };
  await client.query("SAVEPOINT counting");
  try {
    // The parts of a partitioned table hold its rows.
    const size = await client.query<{ bytes: string }>(
      `SELECT coalesce(sum(pg_relation_size(part)), 0) AS bytes
       FROM (SELECT $1::oid AS part UNION SELECT relid FROM pg_partition_tree($1::oid)) AS parts`,
      [oid],
    );
    // A large table without an estimate is counted too: 0 would be a lie.
    if (Number(size.rows[0]!.bytes) > smallBytes && estimated.rows > 0) return estimated;
    const answer = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${name}`);
    return { rows: Number(answer.rows[0]!.count), exact: true };
  } catch (error) {
    // Somebody locks the table, or the count takes too long: the estimate has to do.
    if (!["55P03", "57014"].includes((error as pg.DatabaseError).code ?? "")) throw error;
    await client.query("ROLLBACK TO SAVEPOINT counting");
    return estimated;
  }
}
