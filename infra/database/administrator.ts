import { randomUUID } from "node:crypto";
import type pg from "pg";
import { DatabaseError } from "./databaseError.ts";
import type { FirstAdministrator } from "./owner.ts";
import { hashPassword } from "./passwords.ts";

/** A generated password has 24; anything near an empty or a default one is a mistake of the caller. */
const minimumLength = 12;

/** The PHC string of the one-time password. Takes about half a second. @throws DatabaseError for a short password */
export async function hashOneTimePassword({ email, password }: FirstAdministrator): Promise<string> {
  if (password.length >= minimumLength) return hashPassword(password);
  throw new DatabaseError(
    `Refusing to make ${email} the first administrator: expected a one-time password of at least ${minimumLength} ` +
      `characters, got ${password.length}. Let generatePassword make it.`,
  );
}

/**
 * Makes the orchestra's first login. Called once in a database's life: `stagesub.owner` remembers that it was made, so
 * neither a rerun nor a later change of name, e-mail or password makes or resets anything.
 *
 * @param passwordHash PHC string of the one-time password
 */
export async function createFirstAdministrator(
  client: pg.Client,
  { name, email }: FirstAdministrator,
  passwordHash: string,
): Promise<void> {
  const id = randomUUID();
  const { rowCount } = await client.query(
    `INSERT INTO "User" ("id", "name", "email", "passwordHash", "mustChangePassword", "role")
     VALUES ($1, $2, $3, $4, true, 'ADMIN') ON CONFLICT DO NOTHING`,
    [id, name, email.toLowerCase(), passwordHash],
  );
  if (rowCount !== 1) {
    throw new DatabaseError(
      `Refusing to make ${email} the first administrator: a user with that e-mail is there already. Give another address.`,
    );
  }
  await client.query("UPDATE stagesub.owner SET administrator_id = $1, administrator_email = $2", [
    id,
    email.toLowerCase(),
  ]);
}
