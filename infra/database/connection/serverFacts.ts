import type pg from "pg";

/** Returns whether a table, index or the like exists. @param name as SQL writes it: `public."User"` */
export async function hasRelation(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass($1) IS NOT NULL AS there", [name]);
  return rows[0]!.there;
}

/** Returns the server's major version: 17. */
export async function readServerMajor(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ major: number }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  return rows[0]!.major;
}
