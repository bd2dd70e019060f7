import type pg from "pg";
import { listNames } from "../../util/text.ts";

/**
 * Describes somebody else's objects in a database, up to five of them by name; undefined for an empty one. Functions do not count:
 * Supabase's dashboard adds some to `public` of new projects, and they hold no data.
 */
export async function describeForeignContent(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'stagesub') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('%I.%I', n.nspname, t.typname)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname IN ('public', 'stagesub') AND t.typtype IN ('e', 'd')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
    ORDER BY 1`);
  if (rows.length === 0) return undefined;
  const names = rows.map(({ name }) => name);
  return `expected an empty database, found ${rows.length} things that this program did not make (${listNames(names, 5)}).`;
}
