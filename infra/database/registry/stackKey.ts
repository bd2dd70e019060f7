import type pg from "pg";

/** The key that a stack's passwords were last made from. */
export interface KeyRecord {
  /** Starts at 1; each replacement of the key adds one. */
  version: number;
  /** A text derived from the key that reveals nothing about it. */
  verifier: string;
}

/** Reads the stack's key record from the main database; undefined before the stack's first run. */
export async function readStackKey(client: pg.Client, stack: string): Promise<KeyRecord | undefined> {
  const { rows } = await client.query<KeyRecord>("SELECT version, verifier FROM stagesub.stack_key WHERE stack = $1", [
    stack,
  ]);
  return rows[0];
}

/** Writes the stack's key record, before any database gets a password made from that key. */
export async function recordStackKey(
  client: pg.Client,
  stack: string,
  { version, verifier }: KeyRecord,
): Promise<void> {
  await client.query(
    `INSERT INTO stagesub.stack_key AS known (stack, version, verifier) VALUES ($1, $2, $3)
     ON CONFLICT (stack) DO UPDATE SET version = excluded.version, verifier = excluded.verifier
     WHERE (known.version, known.verifier) IS DISTINCT FROM (excluded.version, excluded.verifier)`,
    [stack, version, verifier],
  );
}

/** Removes the key record of a stack that has no database any more: a later stack of its name has a key of its own. */
export async function removeStackKey(client: pg.Client, stack: string): Promise<void> {
  await client.query("DELETE FROM stagesub.stack_key WHERE stack = $1", [stack]);
}

/** Returns the main database's identity, which a dump of it includes. */
export async function readIdentity(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>("SELECT id::text FROM stagesub.identity");
  return rows[0]?.id ?? "";
}
