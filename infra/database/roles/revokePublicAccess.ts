import type pg from "pg";
import { UserError } from "../../errors.ts";

/**
 * Revokes every right in `"Orchestra"` from PUBLIC and from the roles of Supabase's Data API. Its `"databaseUrl"` opens the orchestras'
 * data, and Supabase lets `anon`, whose key is public, into each table that the app's own migrations make. Rights of
 * other roles are the app's business and stay.
 *
 * @throws {UserError} if another role owns the table, so that this connection cannot revoke the rights
 */
export async function revokePublicAccess(client: pg.Client): Promise<void> {
  const open = await findOutsiders(client);
  if (open.length === 0) return;
  const statement = `REVOKE ALL ON public."Orchestra" FROM ${open.join(", ")}`;
  await client.query(statement);
  const left = await findOutsiders(client);
  if (left.length === 0) return;
  throw new UserError(
    "foreign-role",
    `Refusing to write a connection string into "Orchestra" of the main database: ${left.join(", ")} may use that table, and it is ` +
      `another role's, so this connection cannot close it. Have its owner run: ${statement}`,
  );
}

/** Returns the roles with rights in `"Orchestra"` that must have none, quoted for REVOKE. */
async function findOutsiders(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS name
     FROM pg_class c, LATERAL (
       SELECT grantee FROM aclexplode(c.relacl)
       UNION ALL SELECT x.grantee FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = c.oid
     ) granted
     WHERE c.oid = 'public."Orchestra"'::regclass
       AND (grantee = 0 OR grantee IN (SELECT oid FROM pg_roles WHERE rolname IN ('anon', 'authenticated')))
     ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}
