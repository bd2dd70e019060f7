import type pg from "pg";
import type { ConnectLimits } from "./connectClient.ts";
import { type Connection, withClient } from "./connection.ts";
import { explainQueryError } from "./explainQueryError.ts";

/**
 * Lends a connected client to `work`, in one consistent snapshot, in which the server refuses any change.
 *
 * @param databaseName for messages: an orchestra's id, a pool database or "the main database"
 * @throws {UserError} for any error of the server or the connection
 */
export async function withSnapshot<T>(
  connection: Connection,
  databaseName: string,
  work: (client: pg.Client) => Promise<T>,
  limits?: Partial<ConnectLimits>,
): Promise<T> {
  const read = async (client: pg.Client) => {
    const begin =
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = public; SET LOCAL statement_timeout = 30000";
    // In one round trip with the first query of `work`.
    const [, result] = await Promise.all([client.query(begin), work(client)]);
    await client.query("COMMIT");
    return result;
  };
  return withClient(connection, read, limits).catch((error: unknown) => {
    throw explainQueryError(error, databaseName);
  });
}
