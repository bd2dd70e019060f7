import pg from "pg";
import type { Facts } from "../connection/serverFacts.ts";
import { UserError } from "../../errors.ts";
import { sha256 } from "../../util/digest.ts";
import { findPreviousLogins, retirePreviousLogins } from "./previousLogins.ts";
import { type FoundRole, readAppRoles } from "./readAppRoles.ts";
import { scramVerifier } from "./scramVerifier.ts";

/**
 * The role that the app logs in with. `malmo` has the group `app_malmo`, which holds the rights and cannot log in, and
 * its member `app_malmo_1`. A rotation makes `app_malmo_2` beside it, so that a password changes without a gap. A login never
 * gets another password: Supabase's pooler remembers a login's password for a while, but has nothing stored for a new name.
 */
export interface AppRole {
  /** Name of the group: `app_` and lower-case letters, digits and `_`. Unique in the cluster, as roles are. */
  name: string;
  /** Number of the login. Changing it makes another login. */
  version: number;
  /** The login's password. */
  password: string;
}

/**
 * Creates or corrects the group and the login, and gives other logins of the group an end.
 *
 * @param hasPassword the result of {@link isPasswordInForce}
 * @param areRolesKnown whether the roles are those of a run that found nothing to correct
 * @returns the login's name, and whether nothing had to be done
 */
export async function ensureAppRole(
  client: pg.Client,
  { name, version, password }: AppRole,
  { hasPassword, areRolesKnown }: { hasPassword: boolean; areRolesKnown: boolean },
): Promise<{ login: string; isUnchanged: boolean }> {
  const login = loginRole(name, version);
  if (areRolesKnown && hasPassword) return { login, isUnchanged: true };

  const roles = await readAppRoles(client, name);
  const group = roles.find((role) => role.name === name);
  const existing = roles.find((role) => role.name === login);
  checkRole(group, { login: false });
  checkRole(existing, { login: true });
  const previous = findPreviousLogins(roles, name, login);
  if (group && existing?.login && existing.inherits && !existing.until && hasPassword && previous.length === 0)
    return { login, isUnchanged: true };

  const [groupId, loginId] = [pg.escapeIdentifier(name), pg.escapeIdentifier(login)];
  if (!group) await client.query(`CREATE ROLE ${groupId} NOLOGIN`);
  if (!existing) await client.query(`CREATE ROLE ${loginId} LOGIN`);
  else if (!existing.login) await client.query(`ALTER ROLE ${loginId} LOGIN`);
  if (existing?.until) await client.query(`ALTER ROLE ${loginId} VALID UNTIL 'infinity'`);
  if (!existing?.inherits) await client.query(`GRANT ${groupId} TO ${loginId} WITH INHERIT TRUE`);
  if (!hasPassword) await setPassword(client, login, password);
  await retirePreviousLogins(client, previous);
  return { login, isUnchanged: false };
}

/** Returns the name to log in with: `app_malmo_1`. */
export function loginRole(name: string, version: number): string {
  if (!/^app_[a-z0-9_]{1,54}$/.test(name) || !Number.isSafeInteger(version) || version < 1) {
    throw new UserError(
      "role-refused",
      `Expected an app role like app_malmo (lower-case letters, digits and _, 58 at most) and a version from 1, got ${JSON.stringify({ name, version })}.`,
    );
  }
  return `${name}_${version}`;
}

/** Refuses an existing role that this program could not have made. */
function checkRole(role: FoundRole | undefined, expected: { login: boolean }): void {
  if (!role) return;
  const refuse = (reason: string) =>
    new UserError(
      "role-refused",
      `Refusing to use the role ${role.name}: ${reason}. Drop it or choose another name for the app's role.`,
    );
  if (role.privileged)
    throw refuse("it may do more than an app should (superuser, CREATEROLE, CREATEDB, REPLICATION or BYPASSRLS)");
  if (role.login && !expected.login) throw refuse("it can log in, and the group that holds the rights must not");
  if (!role.administered) throw refuse("someone else made it, and this connection has no ADMIN option on it");
}

/**
 * Sets the password. PostgreSQL shows stored passwords only to superusers, so a digest of the verifier is kept, with the role's oid: a role
 * that was dropped and made anew has lost its password.
 */
async function setPassword(client: pg.Client, login: string, password: string): Promise<void> {
  const verifier = await scramVerifier(password);
  await client.query(`ALTER ROLE ${pg.escapeIdentifier(login)} PASSWORD ${pg.escapeLiteral(verifier)}`);
  await client.query(
    `INSERT INTO stagesub.login (role, role_oid, salt, sha256)
     SELECT rolname, oid, $2, $3 FROM pg_roles WHERE rolname = $1
     ON CONFLICT (role) DO UPDATE SET role_oid = excluded.role_oid, salt = excluded.salt, sha256 = excluded.sha256`,
    [login, /:(.+?)\$/.exec(verifier)![1], sha256(verifier)],
  );
}

/** Returns whether the login has this password, as far as a run of ours gave it one. */
export async function isPasswordInForce(
  client: pg.Client,
  { name, version, password }: AppRole,
  { tables }: Facts,
): Promise<boolean> {
  if (!tables.has("stagesub.login")) return false;
  const { rows } = await client.query<{ salt: string; sha256: string }>(
    `SELECT l.salt, l.sha256 FROM stagesub.login l JOIN pg_roles r ON r.oid = l.role_oid AND r.rolname = l.role
     WHERE l.role = $1`,
    [loginRole(name, version)],
  );
  const stored = rows[0];
  return (
    stored !== undefined && sha256(await scramVerifier(password, Buffer.from(stored.salt, "base64"))) === stored.sha256
  );
}
