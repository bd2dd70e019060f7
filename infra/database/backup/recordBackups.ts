import path from "node:path";
import type pg from "pg";
import { appendAudit, registryName, requireAudit } from "../audit.ts";
import { withClient, type Connection } from "../connection.ts";
import { explainQueryError } from "../explainQueryError.ts";
import { registrySubject } from "../registryDatabase.ts";
import { identifyDatabase } from "./identifyDatabase.ts";
import type { StoredBackup } from "./storeBackup.ts";

/** Short: the work that is written down here is done, whatever becomes of this. */
const limits = { connectMs: 10_000, attemptMs: 5_000, statementMs: 30_000 };

/**
 * Writes into the main database's audit which backups were made, each of the orchestra `name` or of the main database
 * itself, `registry`; then with its identity, so that no copy of it takes the backup for its own. All of them or none.
 *
 * @throws DatabaseError where it cannot; the files are backups all the same
 */
export async function recordBackups(
  registry: Connection,
  stack: string,
  backups: readonly (StoredBackup & { name: string })[],
): Promise<void> {
  await withAudit(registry, async (client) => {
    const database = await identifyDatabase(client);
    const events = backups.map(({ name, file, sha256, rows, bytes, takenAt }) => ({
      stack,
      orchestra: name,
      action: "backup",
      // The file's name alone: where it lies is its keeper's affair.
      detail: { file: path.basename(file), sha256, rows, bytes, takenAt, ...(name === registryName && { database }) },
    }));
    await appendAudit(client, events);
  });
}

/**
 * Writes into the main database's audit that an orchestra's backup was restored.
 *
 * @throws DatabaseError where it cannot; the data is restored all the same
 */
export async function recordRestore(
  registry: Connection,
  restored: { stack: string; orchestra: string; file: string; takenAt: string },
): Promise<void> {
  const { stack, orchestra, file, takenAt } = restored;
  const detail = { file: path.basename(file), takenAt };
  await withAudit(registry, (client) => appendAudit(client, [{ stack, orchestra, action: "restored", detail }]));
}

async function withAudit(registry: Connection, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const attempt = async (client: pg.Client) => {
    try {
      await requireAudit(client);
      await work(client);
    } catch (error) {
      throw explainQueryError(error, registrySubject);
    }
  };
  await withClient(registry, attempt, limits);
}
