import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { UserError } from "../../errors.ts";
import { explainQueryError, isConnectionLost } from "./explainQueryError.ts";

export interface TransactionRun {
  client: pg.Client;
  /** Whose database this is, for messages: an orchestra's id, a pool database or "the main database". */
  subject: string;
  /** The statements that begin it. */
  begin: string;
  /** Gets a line where it has to be tried again. */
  warn?: ((line: string) => void) | undefined;
}

/** How often the server may sacrifice a transaction to another one before that is an error. */
const attempts = 4;

/**
 * One transaction around `work`, which is run again as a whole where the server ended it for the sake of another
 * (deadlock, serialization failure): nothing of it was done then.
 *
 * @throws {UserError} for any error of the server or the connection; everything was rolled back, unless it says so
 */
export async function withTransaction<T>(run: TransactionRun, work: () => Promise<T>): Promise<T> {
  const { client, subject, begin, warn } = run;
  for (let attempt = 1; ; attempt++) {
    let committing = false;
    try {
      await client.query(begin);
      const result = await work();
      committing = true;
      await commit(client, subject);
      return result;
    } catch (error) {
      // With a lost connection the server rolls back by itself, and asking would only wait for another time-out.
      if (isConnectionLost(error)) throw committing ? lostInCommit(subject) : explainQueryError(error, subject);
      await client.query("ROLLBACK").catch(() => undefined);
      const failure = explainQueryError(error, subject);
      if (!isSacrificed(failure) || attempt === attempts) throw failure;
      warn?.(`${subject}: the server ended the transaction for the sake of another one; trying again`);
      await sleep(100 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** COMMIT of a transaction in which a statement has failed is no error to the server: it rolls back, and says so. */
async function commit(client: pg.Client, subject: string): Promise<void> {
  const { command } = await client.query("COMMIT");
  if (command !== "COMMIT")
    throw new UserError(
      "server-refused",
      `${subject}: expected COMMIT, got ${command}: a statement had failed. Nothing was changed.`,
    );
}

function isSacrificed(error: Error): boolean {
  return error instanceof UserError && (error.fields.sqlState === "40P01" || error.fields.sqlState === "40001");
}

function lostInCommit(subject: string): UserError {
  return new UserError(
    "connection-lost",
    `${subject}: the connection to the database was lost during COMMIT: all of it is done, or nothing, never half. ` +
      "Run again: the run looks at what is there and goes on from that.",
  );
}
