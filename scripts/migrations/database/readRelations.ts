import type pg from "pg";

/** A table or view of the app or the registry, not of this program's bookkeeping. */
export interface Relation {
  oid: number;
  /** `public."User"` */
  name: string;
  /** Whether it holds rows of its own. */
  isTable: boolean;
  /** Another number means that its rows were rewritten. */
  filenode: number;
}

/** Reads the tables and views from the catalogue alone, which takes no lock on them. */
export async function readRelations(client: pg.Client): Promise<Map<number, Relation>> {
  const { rows } = await client.query<Relation>(
    `SELECT c.oid::int, format('%I.%I', n.nspname, c.relname) AS name, c.relkind IN ('r', 'm') AS "isTable", c.relfilenode::bigint::int AS filenode
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND ${isOurs}
     ORDER BY 2`,
  );
  return new Map(rows.map((row) => [row.oid, row]));
}

/** Counts the rows of each table exactly, which takes the weakest lock on each. */
export async function countRows(client: pg.Client, relations: Iterable<Relation>): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const { oid, name, isTable } of relations) {
    if (!isTable) continue;
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int FROM ${name}`);
    counts.set(oid, rows[0]!.count);
  }
  return counts;
}

/** Leaves out the program's own bookkeeping tables and those of extensions. In SQL, of `c` and `n`. */
export const isOurs = `n.nspname !~ '^(pg_|information_schema$)' AND NOT (n.nspname = 'stagesub' AND c.relname IN
  ('migration', 'owner', 'seed', 'in_progress', 'login', 'pgmigrations', 'expected_schema', 'identity'))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;
