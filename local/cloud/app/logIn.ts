import type pg from "pg";
import { verifyPassword } from "../../../infra/database/roles/passwords.ts";

export interface SignedIn {
  name: string;
  email: string;
  role: string;
  mustChangePassword: boolean;
}

/**
 * Returns the user with this e-mail and password, or undefined. A wrong e-mail costs the same work as a wrong password, so that timing does
 * not reveal who has an account.
 */
export async function logIn(client: pg.Client, email: string, password: string): Promise<SignedIn | undefined> {
  const { rows } = await client.query<SignedIn & { passwordHash: string | null; isActive: boolean }>(
    `select "name", "email", "role"::text, "mustChangePassword", "passwordHash", "isActive"
     from public."User" where lower("email") = lower($1)`,
    [email.trim()],
  );
  const user = rows[0];
  const fits = await verifyPassword(password, user?.passwordHash ?? nobodysHash);
  if (!fits || !user?.passwordHash || !user.isActive) return undefined;
  const { name, role, mustChangePassword } = user;
  return { name, email: user.email, role, mustChangePassword };
}

/** A hash that no password has, with the cost of real ones. */
const nobodysHash = `$scrypt$ln=17,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;
