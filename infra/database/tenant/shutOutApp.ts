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
export async function shutOutApp(connection: Connection, key: string, group: string): Promise<void> {
  await withLogins(connection, key, group, async (client, logins) => {
    for (const login of logins) await client.query(`ALTER ROLE ${pg.escapeIdentifier(login)} NOLOGIN`);
    await endSessions(client, logins);
  });
}

/** Gives every login of the app the right to log in. @throws {UserError} */
export async function letAppIn(connection: Connection, key: string, group: string): Promise<void> {
  await withLogins(connection, key, group, async (client, logins) => {
    for (const login of logins) await client.query(`ALTER ROLE ${pg.escapeIdentifier(login)} LOGIN`);
  });
}

async function withLogins(
  connection: Connection,
  key: string,
  group: string,
  work: (client: pg.Client, logins: string[]) => Promise<void>,
): Promise<void> {
  await withClient(connection, async (client) => {
    try {
      const logins = ownLogins(await readAppRoles(client, group), group);
      await work(
        client,
        logins.map(({ name }) => name),
      );
    } catch (error) {
      throw explainQueryError(error, key);
    }
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
