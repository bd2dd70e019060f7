import type pg from "pg";
import { explainQueryError } from "./explainQueryError.ts";

/** Runs `work` in one consistent snapshot, in which the server refuses any change. After an error the client is unusable. */
export async function withReadOnlyTransaction<T>(
  client: pg.Client,
  databaseName: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await client.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = public; SET LOCAL statement_timeout = 30000",
    );
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    throw explainQueryError(error, databaseName);
  }
}
