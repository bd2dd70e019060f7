import { type Connection, withClient } from "../../infra/database/connection.ts";
import { withReadOnlyTransaction } from "../../infra/database/withReadOnlyTransaction.ts";
import type { Usage } from "./describePool.ts";

const limits = { connectMs: 3_000, attemptMs: 10_000, statementMs: 30_000 };

/** The size of a database, and how many connections it has besides this one. Never throws. */
export async function readUsage(name: string, connection: Connection): Promise<Usage> {
  const sql = `SELECT pg_database_size(current_database())::float8 AS bytes,
    (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) AS connections`;
  try {
    return await withClient(
      connection,
      (client) =>
        withReadOnlyTransaction(client, name, async () => {
          const { rows } = await client.query<{ bytes: number; connections: number }>(sql);
          return rows[0]!;
        }),
      limits,
    );
  } catch (error) {
    return { error: (error as Error).message };
  }
}
