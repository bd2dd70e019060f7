import type pg from "pg";
import { DatabaseError } from "./databaseError.ts";

/** The orchestra that a database is handed to. */
export interface Owner {
  /** The orchestra's id. */
  orchestra: string;
  /** Its display name, such as "Malmö Symfoniorkester". */
  name: string;
  administrator: FirstAdministrator;
}

/** Whom the orchestra's first login belongs to. */
export interface FirstAdministrator {
  name: string;
  email: string;
  /** One-time password: stored hashed, to be changed at the first login. */
  password: string;
}

/** What a database says about itself. */
export interface OwnerRecord {
  key: string;
  orchestra: string | null;
  name: string | null;
  administratorId: string | null;
  /** The login that the app uses. */
  appLogin: string | null;
}

/** Undefined where the row is gone. The table is there wherever there is a ledger. */
export async function readOwner(client: pg.Client): Promise<OwnerRecord | undefined> {
  const { rows } = await client.query<OwnerRecord>(
    `SELECT key, orchestra, name, administrator_id AS "administratorId", app_login AS "appLogin" FROM stagesub.owner`,
  );
  return rows[0];
}

/**
 * Every database carries its owner inside it, so a used one is refused also when Pulumi's state was lost.
 *
 * @throws DatabaseError
 */
export function checkOwner(record: OwnerRecord | undefined, key: string, owner: Owner | undefined): void {
  const refuse = (action: string, found: string, remedy: string) =>
    new DatabaseError(`Refusing to ${action}: the database itself says that it ${found}. ${remedy}`);
  const check = "Check the connection; a database is never handed on.";
  if (!record)
    throw refuse(`treat this database as ${key}`, "belongs to nobody", "Restore stagesub.owner from a backup.");
  if (record.key !== key) throw refuse(`treat this database as ${key}`, `is ${record.key}`, check);
  if (record.orchestra === null || record.orchestra === owner?.orchestra) return;
  if (!owner) {
    throw refuse(
      `treat ${key} as a spare`,
      `has held ${record.orchestra}`,
      `List it as claimed by ${record.orchestra}, or as retired; it never returns to the pool.`,
    );
  }
  throw refuse(`give ${key} to ${owner.orchestra}`, `belongs to ${record.orchestra}`, check);
}

/** Writes what is new; nothing otherwise. */
export async function recordOwner(
  client: pg.Client,
  record: OwnerRecord | undefined,
  next: { key: string; owner: Owner | undefined; appLogin: string | null },
): Promise<void> {
  const { key, owner, appLogin } = next;
  const orchestra = owner?.orchestra ?? null;
  const name = owner?.name ?? null;
  if (record && record.orchestra === orchestra && record.name === name && record.appLogin === appLogin) return;
  await client.query(
    `INSERT INTO stagesub.owner (key, orchestra, name, claimed_at, app_login)
     VALUES ($1, $2, $3, CASE WHEN $2::text IS NOT NULL THEN now() END, $4)
     ON CONFLICT (only_row) DO UPDATE SET orchestra = excluded.orchestra, name = excluded.name,
       claimed_at = coalesce(owner.claimed_at, excluded.claimed_at), app_login = excluded.app_login`,
    [key, orchestra, name, appLogin],
  );
}
