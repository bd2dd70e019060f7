import { randomUUID } from "node:crypto";
import type pg from "pg";
import { UserError } from "../../errors.ts";
import type { FirstAdministrator } from "./owner.ts";
import { hashPassword, verifyPassword } from "../roles/passwords.ts";

/** A generated password has 24 characters; an empty or much shorter one is the caller's mistake. */
const minimumLength = 12;

/** Returns the PHC string of the one-time password. Takes about half a second. @throws {UserError} for a short password */
export async function hashOneTimePassword({ email, password }: FirstAdministrator): Promise<string> {
  if (password.length >= minimumLength) return hashPassword(password);
  throw new UserError(
    "administrator-refused",
    `Refusing to make ${email} the first administrator: expected a one-time password of at least ${minimumLength} ` +
      `characters, got ${password.length}.`,
  );
}

/**
 * Makes the orchestra's first login. Called once in a database's life: `stagesub.owner` records the login, so that
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
    throw new UserError(
      "administrator-refused",
      `Refusing to make ${email} the first administrator: a user with that e-mail is there already. Give another address.`,
    );
  }
  await client.query("UPDATE stagesub.owner SET administrator_id = $1, administrator_email = $2", [
    id,
    email.toLowerCase(),
  ]);
}

/**
 * Replaces the one-time password of the previous key with the current one, if the administrator has not changed it yet. Any other
 * password is the user's own.
 */
export async function replaceOneTimePassword(
  client: pg.Client,
  administratorId: string,
  { email, password, previousPassword }: FirstAdministrator,
): Promise<void> {
  if (previousPassword === undefined) return;
  const { rows } = await client.query<{ hash: string }>(
    `SELECT "passwordHash" AS hash FROM "User" WHERE "id" = $1 AND "mustChangePassword" FOR UPDATE`,
    [administratorId],
  );
  if (!rows[0] || !(await verifyPassword(previousPassword, rows[0].hash))) return;
  const hash = await hashOneTimePassword({ name: "", email, password });
  await client.query(`UPDATE "User" SET "passwordHash" = $2 WHERE "id" = $1`, [administratorId, hash]);
}
