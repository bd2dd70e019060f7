import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { UserError } from "../../errors.ts";
import { explainQueryError, isConnectionLost } from "./explainQueryError.ts";

export interface TransactionRun {
  client: pg.Client;
  /** The database's name for messages: an orchestra's id, a pool database or "the main database". */
  databaseName: string;
  /** The statements that begin the transaction. */
  begin: string;
  /** Gets a line when the transaction is tried again. */
  warn?: ((line: string) => void) | undefined;
}

/** Attempts before a deadlock or serialization failure is an error. */
const attempts = 4;

/**
 * Runs `work` in one transaction, and runs it again as a whole if the server ended the transaction for the sake of another
 * (deadlock, serialization failure): it was rolled back then.
 *
 * @throws {UserError} for any error of the server or the connection; everything was rolled back, unless the error says otherwise
 */
export async function withTransaction<T>(run: TransactionRun, work: () => Promise<T>): Promise<T> {
  const { client, databaseName, begin, warn } = run;
  for (let attempt = 1; ; attempt++) {
    let committing = false;
    try {
      // In one round trip with the first query of `work`.
      const [, result] = await Promise.all([client.query(begin), work()]);
      committing = true;
      await commit(client, databaseName);
      return result;
    } catch (error) {
      // After a lost connection the server rolls back by itself, and ROLLBACK would only wait for another time-out.
      if (isConnectionLost(error))
        throw committing ? lostInCommit(databaseName) : explainQueryError(error, databaseName);
      await client.query("ROLLBACK").catch(() => undefined);
      const failure = explainQueryError(error, databaseName);
      if (!isSacrificed(failure) || attempt === attempts) throw failure;
      warn?.(`${databaseName}: the server ended the transaction for the sake of another one; trying again`);
      await sleep(100 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** Commits, and throws if the server rolled back instead: COMMIT after a failed statement is no error to PostgreSQL. */
async function commit(client: pg.Client, databaseName: string): Promise<void> {
  const { command } = await client.query("COMMIT");
  if (command !== "COMMIT")
    throw new UserError(
      "server-refused",
      `${databaseName}: expected COMMIT, got ${command}: a statement had failed. Nothing was changed.`,
    );
}

function isSacrificed(error: Error): boolean {
  return error instanceof UserError && (error.fields.sqlState === "40P01" || error.fields.sqlState === "40001");
}

function lostInCommit(databaseName: string): UserError {
  return new UserError(
    "connection-lost",
    `${databaseName}: the connection to the database was lost during COMMIT: all of it is done, or nothing, never half. ` +
      "Run again: the run looks at what is there and goes on from that.",
  );
}
