import pg from "pg";

import { UserError } from "../../errors.ts";
import type { Connection } from "../connection/connection.ts";
import { withLockedTransaction } from "../connection/withLockedTransaction.ts";
import { replaceOneTimePassword } from "./administrator.ts";
import { readOwner } from "./owner.ts";

/** A stack as an orchestra's database knows it. */
export interface DatabaseHolder {
  stack: string;
  /** The app's group there: see `planRole`. */
  appRole: string;
  /** The first administrator's one-time password. Secret. */
  administrator: string;
}

/**
 * Hands an orchestra's database over to another stack, in one transaction: the owner mark, the name of the app's group, and the one-time
 * password if nobody has signed in yet. The app's login keeps its name and its password, so the app works on. Does nothing for a database
 * that the new stack holds already.
 *
 * @param key the database's key, which stays
 * @throws {UserError} for a database that neither stack holds
 */
export async function handOverDatabase(
  connection: Connection,
  key: string,
  from: DatabaseHolder,
  to: DatabaseHolder,
): Promise<void> {
  await withLockedTransaction({ connection, databaseName: key }, async ({ client }) => {
    const owner = await readOwner(client);
    if (owner?.key === key && owner.stack === to.stack) return;
    if (owner?.key !== key || owner.stack !== from.stack)
      throw new UserError(
        "other-owner",
        `Refusing to hand ${key} over to the stack ${to.stack}: expected a database of the stack ${from.stack}, found one that says that it is ` +
          `${owner ? `${owner.key} of ${owner.stack ?? "no stack"}` : "nobody's"}.`,
      );
    const [before, after] = [pg.escapeIdentifier(from.appRole), pg.escapeIdentifier(to.appRole)];
    await client.query(`ALTER ROLE ${before} RENAME TO ${after}`);
    await client.query("UPDATE stagesub.owner SET stack = $1", [to.stack]);
    if (owner.administratorId === null) return;
    const passwords = { password: to.administrator, previousPassword: from.administrator };
    await replaceOneTimePassword(client, owner.administratorId, { name: "", email: "", ...passwords });
  });
}
