import pg from "pg";
import { withClient, type Connection } from "../connection/connection.ts";
import { ownLogins, readAppRoles } from "../roles/readAppRoles.ts";
import { explainQueryError } from "../connection/explainQueryError.ts";

/**
 * Takes the right to log in from every login of the app, then ends their sessions: a session outlives that
 * right, and a pooler keeps it open. `letAppIn` gives the right back, as does `ensureOrchestraDatabase` to the current login.
 *
 * @param group the role that holds the app's rights, such as `app_malmo`
 * @throws {UserError}
 */
export function shutOutApp(connection: Connection, key: string, group: string): Promise<void> {
  return setLogins(connection, key, group, "NOLOGIN");
}

/** Gives every login of the app the right to log in. @throws {UserError} */
export function letAppIn(connection: Connection, key: string, group: string): Promise<void> {
  return setLogins(connection, key, group, "LOGIN");
}

async function setLogins(connection: Connection, key: string, group: string, right: "LOGIN" | "NOLOGIN") {
  const set = async (client: pg.Client) => {
    const logins = ownLogins(await readAppRoles(client, group), group).map(({ name }) => name);
    for (const login of logins) await client.query(`ALTER ROLE ${pg.escapeIdentifier(login)} ${right}`);
    if (right === "NOLOGIN") await endSessions(client, logins);
  };
  await withClient(connection, set).catch((error: unknown) => {
    throw explainQueryError(error, key);
  });
}

/** Ends the logins' sessions, which needs the logins' rights; the rollback takes these back but restores no session. */
async function endSessions(client: pg.Client, logins: string[]): Promise<void> {
  if (logins.length === 0) return;
  const names = logins.map((login) => pg.escapeIdentifier(login)).join(", ");
  await client.query(`BEGIN; GRANT ${names} TO CURRENT_USER WITH INHERIT TRUE`);
  await client.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = ANY ($1)", [logins]);
  await client.query("ROLLBACK");
}
