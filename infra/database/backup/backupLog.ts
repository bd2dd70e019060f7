import path from "node:path";
import type pg from "pg";
import { appendAudit, registryName, requireAudit } from "../registry/audit.ts";
import { previewLimits } from "../connection/connectClient.ts";
import { withClient, type Connection } from "../connection/connection.ts";
import { findFilledTables, hasRelation } from "../connection/serverFacts.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";
import { UserError } from "../../errors.ts";
import { explainQueryError } from "../connection/explainQueryError.ts";
import { readLedger } from "../migrations/ledger.ts";
import { mainDatabaseName } from "../registry/registryDatabase.ts";
import { readIdentity } from "../registry/stackKey.ts";
import type { RegistrationKey } from "../registry/orchestraRows.ts";
import type { StoredBackup } from "./backupDatabase.ts";
import { digestStream } from "./readBackup.ts";

/** A backup of the orchestra `name` or of the main database, `registry`. A restored one has no more than its file and time. */
export type BackupEntry = Pick<StoredBackup, "file" | "takenAt"> & Partial<StoredBackup> & { name: string };

/**
 * Records all backups or none in the main database's audit. Entries of the main database itself include its identity: a restored
 * audit may be another database's.
 *
 * @param action "retired" for the backup that an orchestra was retired with
 * @throws {UserError} if the audit cannot be written; the work is done all the same
 */
export async function recordBackups(
  registry: Connection,
  stack: string,
  action: "backup" | "restored" | "retired",
  backups: readonly BackupEntry[],
): Promise<void> {
  const append = async (client: pg.Client) => {
    await requireAudit(client);
    const database = await readIdentity(client);
    const events = backups.map(({ name, file, sha256, rows, bytes, takenAt }) => ({
      stack,
      orchestra: name,
      action,
      // Only the file's name, because people may move the file.
      detail: { file: path.basename(file), sha256, rows, bytes, takenAt, ...(name === registryName && { database }) },
    }));
    await appendAudit(client, events);
  };
  await withClient(registry, append, previewLimits).catch((error: unknown) => {
    throw explainQueryError(error, mainDatabaseName);
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
  stack: string,
  { name, file, takenAt, sha256 }: BackupEntry & { sha256: string },
): Promise<boolean> {
  const read = async (client: pg.Client) => {
    await requireAudit(client);
    const { rows } = await client.query<{ sha256: string }>(
      `SELECT detail->>'sha256' AS sha256 FROM stagesub.audit
       WHERE stack = $1 AND orchestra = $2 AND action IN ('backup', 'retired') AND (detail->>'file' = $3 OR detail->>'takenAt' = $4)`,
      [stack, name, path.basename(file), takenAt],
    );
    return rows.map((row) => row.sha256);
  };
  const known = await withSnapshot(registry, mainDatabaseName, read, previewLimits);
  if (known.length === 0 || known.includes(sha256)) return known.length > 0;
  throw new UserError(
    "backup-changed",
    `Refusing to restore ${file}: expected the digest that the log of ${mainDatabaseName} holds for it, ${known[0]}, got ${sha256}: the file ` +
      "was changed after it was made. Take another.",
  );
}

/**
 * Returns, if the main database has no backup younger than `maxAge`, the state of its backups in words that follow "got".
 * Undefined if the last backup is recent enough, or if there is nothing to lose: a database that this program has never
 * migrated, or one without rows. Changes nothing.
 *
 * The last backup or restore in the audit of this very database counts, not one of a database that it was restored from; a
 * copy has its original's.
 * Both times are the server's own.
 *
 * @param maxAge such as 24h, 7d, 30m
 * @throws {UserError} if the database does not answer
 */
export async function findStaleBackup(connection: Connection, maxAge: string): Promise<string | undefined> {
  const read = async (client: pg.Client) => {
    // The app may keep its accounts there.
    if (!(await readLedger(client)) || (await findFilledTables(client)).length === 0) return undefined;
    if (!(await hasRelation(client, "stagesub.identity"))) return "none that it knows of: its log comes with this `up`";
    const { rows } = await client.query<{ action: "backup" | "restored"; file: string; taken: string; stale: boolean }>(
      `SELECT action, detail->>'file' AS file, to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS taken,
              now() - t.at > $3::interval AS stale
       FROM stagesub.audit, LATERAL (SELECT (detail->>'takenAt')::timestamptz AS at) t
       WHERE action IN ('backup', 'restored') AND orchestra = $1 AND detail->>'database' = $2 ORDER BY id DESC LIMIT 1`,
      [registryName, await readIdentity(client), maxAge],
    );
    if (!rows[0]) return "none: it was never backed up";
    const { action, file, taken, stale } = rows[0];
    if (action === "restored") return `none since it was restored from ${file}, which is of ${taken}`;
    return stale ? `one of ${taken} (${file})` : undefined;
  };
  return withSnapshot(connection, mainDatabaseName, read, previewLimits);
}

/**
 * Returns the backup that was made since the orchestra's status last changed, to Retired, and the reason why its file is not in the
 * folder, with the remedy. The log keeps its events in order, so no clock matters. Changes nothing.
 *
 * @param folder folder of the stack's backups
 * @throws {UserError}
 */
export async function findRetirementBackup(
  registry: Connection,
  { stack, orchestra }: RegistrationKey,
  folder: string,
): Promise<{ backup?: StoredBackup; problem?: string }> {
  const read = async (client: pg.Client) => {
    const { rows } = await client.query<{ detail: StoredBackup }>(
      `SELECT detail FROM stagesub.audit WHERE stack = $1 AND orchestra = $2 AND action = 'retired'
           AND id > (SELECT max(id) FROM stagesub.audit WHERE stack = $1 AND orchestra = $2 AND action = 'status')
         ORDER BY id DESC LIMIT 1`,
      [stack, orchestra],
    );
    return rows[0]?.detail;
  };
  const backup = await withSnapshot(registry, mainDatabaseName, read);
  const expected = "expected the backup with which it was retired";
  if (!backup)
    return {
      problem: `${expected}, got none in the log of ${mainDatabaseName}. Put its lines back into the stack file, with state: retired, and run \`pulumi up\`: it makes one.`,
    };
  const { file, sha256 } = backup;
  const found = await digestStream(path.join(folder, file)).catch(
    ({ code }: NodeJS.ErrnoException) => `none (${code})`,
  );
  if (found === sha256) return { backup };
  return {
    backup,
    problem:
      `${expected}, backups/${stack}/${file} (sha256 ${sha256}), got ${found}. ` +
      "Put that file there, from wherever backups are kept, and run this again.",
  };
}

/**
 * Refuses to delete an orchestra's data for good unless the backup of its retirement exists, unchanged since it was verified.
 *
 * @throws {UserError} "Refusing to delete …"
 */
export async function requireRetirementBackup(registry: Connection, key: RegistrationKey, folder: string) {
  const { problem } = await findRetirementBackup(registry, key, folder);
  if (problem !== undefined)
    throw new UserError("backup-missing", `Refusing to delete the data of ${key.orchestra}: ${problem}`);
}
