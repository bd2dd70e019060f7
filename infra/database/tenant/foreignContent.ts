import type pg from "pg";
import { UserError } from "../../errors.ts";

/**
 * Refuses a database with somebody else's objects, before anything in it is changed. Functions do not count:
 * Supabase's dashboard adds some to `public` of new projects, and they hold no data.
 *
 * @param advice the remedy; default: to give an empty database
 * @throws {UserError} that names up to five of the objects found
 */
export async function refuseForeignContent(
  client: pg.Client,
  key: string,
  advice = "Check the connection; give an empty database.",
): Promise<void> {
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
  if (rows.length === 0) return;
  const shown = rows
    .slice(0, 5)
    .map(({ name }) => name)
    .join(", ");
  throw new UserError(
    "foreign-content",
    `Refusing to migrate ${key}: expected an empty database, found ${rows.length} things that this program did not make ` +
      `(${shown}${rows.length > 5 ? ", …" : ""}). ${advice}`,
  );
}
