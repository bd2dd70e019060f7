import path from "node:path";
import type pg from "pg";
import { appendAudit, registryName, requireAudit } from "../registry/audit.ts";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { explainQueryError } from "../connection/explainQueryError.ts";
import { mainDatabaseName } from "../registry/registryDatabase.ts";
import { identifyDatabase } from "./identifyDatabase.ts";
import type { StoredBackup } from "./storeBackup.ts";

/** Short, because the recorded work is already done even if recording fails. */
const limits = { connectMs: 10_000, attemptMs: 5_000, statementMs: 30_000 };

/**
 * Records all backups or none in the main database's audit, each of the orchestra `name` or of the main database itself,
 * `registry`. The latter include its identity, so that no copy of the main database takes the backup for its own.
 *
 * @throws {UserError} if the audit cannot be written; the files are valid backups all the same
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
      // Only the file's name, because people may move the file.
      detail: { file: path.basename(file), sha256, rows, bytes, takenAt, ...(name === registryName && { database }) },
    }));
    await appendAudit(client, events);
  });
}

/** A restored backup of the orchestra `name` or of the main database, `registry`. */
interface RestoredFile {
  stack: string;
  name: string;
  file: string;
  takenAt: string;
}

/**
 * Records a restore in the main database's audit. A restore of the main database itself is recorded with its identity: the backups
 * in a restored audit may be another database's.
 *
 * @throws {UserError} if the audit cannot be written; the data is restored all the same
 */
export async function recordRestore(registry: Connection, { stack, name, file, takenAt }: RestoredFile): Promise<void> {
  await withAudit(registry, async (client) => {
    const database = name === registryName ? { database: await identifyDatabase(client) } : {};
    const detail = { file: path.basename(file), takenAt, ...database };
    await appendAudit(client, [{ stack, orchestra: name, action: "restored", detail }]);
  });
}

/**
 * Refuses a file if the audit holds another digest for a backup of that name or time: somebody changed the file, and its manifest
 * to match.
 *
 * @returns whether the audit has an entry for this file
 * @throws {UserError} also if the main database does not answer
 */
export async function requireLoggedDigest(
  registry: Connection,
  { stack, name, file, takenAt, sha256 }: RestoredFile & { sha256: string },
): Promise<boolean> {
  const known = await withAudit(registry, async (client) => {
    const { rows } = await client.query<{ sha256: string }>(
      `SELECT detail->>'sha256' AS sha256 FROM stagesub.audit
       WHERE stack = $1 AND orchestra = $2 AND action IN ('backup', 'retired') AND (detail->>'file' = $3 OR detail->>'takenAt' = $4)`,
      [stack, name, path.basename(file), takenAt],
    );
    return rows.map((row) => row.sha256);
  });
  if (known.length === 0 || known.includes(sha256)) return known.length > 0;
  throw new UserError(
    "backup-changed",
    `Refusing to restore ${file}: expected the digest that the log of ${mainDatabaseName} holds for it, ${known[0]}, got ${sha256}: the file ` +
      "was changed after it was made. Take another.",
  );
}

async function withAudit<T>(registry: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const attempt = async (client: pg.Client) => {
    try {
      await requireAudit(client);
      return await work(client);
    } catch (error) {
      throw explainQueryError(error, mainDatabaseName);
    }
  };
  return withClient(registry, attempt, limits);
}
