import type pg from "pg";

/** Returns whether a table, index or the like exists. @param name as SQL writes it: `public."User"` */
export async function hasRelation(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass($1) IS NOT NULL AS there", [name]);
  return rows[0]!.there;
}

/** The facts about a database that decide how the rest of it can be read. */
export interface Facts {
  /** The server's major version: 17. */
  major: number;
  /** The tables of {@link ownTables} and {@link appTables} that are there, those of `public` only if this role may read them. */
  tables: ReadonlySet<string>;
}

const [ownTables, appTables] = [
  ["migration", "expected_schema", "in_progress", "login", "pgmigrations"],
  ["EmailTemplate", "SystemSetting", "User"],
].map((names) => names.map((name) => `'${name}'`).join(", "));

/**
 * Reads the facts together with what `before`, a statement, returns: in one round trip. They are read from the rows of the catalogue,
 * as the server's cache of names, which `to_regclass` asks, may not know yet what another run has made since this transaction began.
 *
 * @returns the row of `before`, and the facts
 */
export async function readFacts<Row>(client: pg.Client, before = "SELECT"): Promise<[Row, Facts]> {
  const statements = `${before};
    SELECT current_setting('server_version_num')::int / 10000 AS major,
      ARRAY(SELECT CASE nspname WHEN 'public' THEN format('public."%s"', relname) ELSE 'stagesub.' || relname END
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE (nspname = 'stagesub' AND relname IN (${ownTables}))
          OR (nspname = 'public' AND relname IN (${appTables}) AND has_table_privilege(c.oid, 'SELECT'))) AS tables`;
  // Two statements give two results.
  const [first, second] = (await client.query(statements)) as unknown as pg.QueryResult[];
  const { major, tables } = second!.rows[0] as { major: number; tables: string[] };
  return [first!.rows[0] as Row, { major, tables: new Set(tables) }];
}

/** Returns the tables of `public` that have rows, quoted, without those of extensions and {@link prismaLedger}. */
export async function findFilledTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    // By query_to_xml a name is data; it yields nothing without rows.
    `SELECT quote_ident(relname) AS name FROM pg_class c
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> $1
       AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
       AND query_to_xml(format('SELECT 1 FROM public.%I LIMIT 1', relname), false, true, '')::text <> '' ORDER BY 1`,
    [prismaLedger],
  );
  return rows.map(({ name }) => name);
}

/** The table of Prisma Migrate, with which the app made its tables until now; it is filled as they are made. */
export const prismaLedger = "_prisma_migrations";

/** Returns the server's major version: 17. */
export async function readServerMajor(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ major: number }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  return rows[0]!.major;
}
