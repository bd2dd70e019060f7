import type pg from "pg";

/**
 * Returns a text that distinguishes this database from every other, also from one of the same name or one restored from its
 * backup: initdb's number of the cluster, and the database's own number in it. A copy of a whole server's disk keeps both.
 * Any role may ask (https://www.postgresql.org/docs/17/functions-info.html#FUNCTIONS-INFO-CONTROLDATA).
 */
export async function identifyDatabase(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ identity: string }>(
    `SELECT c.system_identifier || '/' || d.oid AS identity
     FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()`,
  );
  return rows[0]!.identity;
}
