import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { UserError } from "../../errors.ts";

/** The orchestra that a database is assigned to. */
export interface Owner {
  /** The orchestra's id. */
  orchestra: string;
  /** The display name, such as "Malmö Symfoniorkester". */
  name: string;
  administrator: FirstAdministrator;
}

/** The person with the orchestra's first login. */
export interface FirstAdministrator {
  name: string;
  email: string;
  /** One-time password: stored hashed, to be changed at the first login. */
  password: string;
  /** The password of before the stack's key was replaced. Nobody has signed in yet if it is still in force. */
  previousPassword?: string;
}

/** A database's identity: a key alone is not enough, because two stacks may each have a `malmo` or a `pool-3`. */
export interface Identity {
  /** "malmo", "pool-3" or "the main database". */
  key: string;
  /** The stack that holds the database; null for the main database, in which several stacks may register. */
  stack: string | null;
}

/** The owner recorded in a database. */
export interface OwnerRecord extends Identity {
  orchestra: string | null;
  name: string | null;
  administratorId: string | null;
  /** True if a baseline found that administrator; null if this program made it. */
  administratorFound: true | null;
  /** The e-mail address with which this program made the administrator. */
  administratorEmail: string | null;
  /** The login that the app uses. */
  appLogin: string | null;
}

/** Reads the owner mark; undefined if the row is gone. Every database with a ledger has the table. */
export async function readOwner(client: pg.Client): Promise<OwnerRecord | undefined> {
  const { rows } = await client.query<OwnerRecord>(
    `SELECT key, stack, orchestra, name, administrator_id AS "administratorId", administrator_found AS "administratorFound",
            administrator_email AS "administratorEmail", app_login AS "appLogin"
     FROM stagesub.owner`,
  );
  return rows[0];
}

/**
 * Refuses a database with another owner. Every database records its owner inside, so this works even if Pulumi's state was lost.
 *
 * @throws {UserError}
 */
export function checkOwner(record: OwnerRecord | undefined, { key, stack }: Identity, owner: Owner | undefined): void {
  const refuse = (action: string, found: string, remedy: string) =>
    new UserError("other-owner", `Refusing to ${action}: the database itself says that it ${found}. ${remedy}`);
  const check = "Check the connection; a database is never handed on.";
  if (!record)
    throw refuse(`treat this database as ${key}`, "belongs to nobody", "Restore stagesub.owner from a backup.");
  if (stack !== null && record.stack !== null && record.stack !== stack) {
    throw refuse(
      `take this database into the stack ${stack} as ${key}`,
      `belongs to the stack ${record.stack}, as ${record.key}`,
      `Two stacks never share one: give ${stack} another. If ${record.stack} is this stack's old name, tell the database: ` +
        `UPDATE stagesub.owner SET stack = '${stack}'.`,
    );
  }
  if (record.key !== key) throw refuse(`treat this database as ${key}`, `is ${record.key}`, check);
  if (record.stack !== stack)
    throw refuse(
      stack === null ? `treat this database as ${key}` : `take this database into the stack ${stack}`,
      `belongs to ${record.stack === null ? "no stack" : `the stack ${record.stack}`}`,
      "Restore stagesub.owner from a backup.",
    );
  if (record.orchestra === null || record.orchestra === owner?.orchestra) return;
  if (!owner) {
    throw refuse(
      `treat ${key} as a free pool database`,
      `has held ${record.orchestra}`,
      `List it as claimed by ${record.orchestra}, or as retired; it never returns to the pool.`,
    );
  }
  throw refuse(`give ${key} to ${owner.orchestra}`, `belongs to ${record.orchestra}`, check);
}

/** Refuses migrations that have changed the owner mark. @throws {UserError} */
export function requireSameOwner(before: OwnerRecord | undefined, after: OwnerRecord | undefined, key: string): void {
  if (isDeepStrictEqual(before, after)) return;
  throw new UserError(
    "other-owner",
    `Refusing to migrate ${key}: expected its migrations to leave stagesub.owner as it is, found a change in ` +
      `${changedFields(before, after).join(", ")}. Take the statement that writes to schema stagesub out of the migration. Nothing was changed.`,
  );
}

function changedFields(before: OwnerRecord | undefined, after: OwnerRecord | undefined): string[] {
  if (!before || !after) return ["the whole row"];
  return Object.keys(before).filter(
    (field) => before[field as keyof OwnerRecord] !== after[field as keyof OwnerRecord],
  );
}

/** Writes the mark if it has changed. @returns whether it has */
export async function recordOwner(
  client: pg.Client,
  record: OwnerRecord | undefined,
  next: Identity & { owner: Pick<Owner, "orchestra" | "name"> | undefined; appLogin: string | null },
): Promise<boolean> {
  const { key, stack, owner, appLogin } = next;
  const orchestra = owner?.orchestra ?? null;
  const name = owner?.name ?? null;
  const same = record && record.orchestra === orchestra && record.name === name && record.appLogin === appLogin;
  if (same && record.stack === stack) return false;
  await client.query(
    `INSERT INTO stagesub.owner (key, stack, orchestra, name, claimed_at, app_login)
     VALUES ($1, $2, $3, $4, CASE WHEN $3::text IS NOT NULL THEN now() END, $5)
     ON CONFLICT (only_row) DO UPDATE SET stack = excluded.stack, orchestra = excluded.orchestra, name = excluded.name,
       claimed_at = coalesce(owner.claimed_at, excluded.claimed_at), app_login = excluded.app_login`,
    [key, stack, orchestra, name, appLogin],
  );
  return true;
}
