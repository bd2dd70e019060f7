import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { appendAudit, hasAudit, requireAudit } from "../registry/audit.ts";
import type { StoredBackup } from "./storeBackup.ts";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { explainQueryError } from "../connection/explainQueryError.ts";
import { mainDatabaseName } from "../registry/registryDatabase.ts";
import type { RegistrationKey } from "../registry/registrationRow.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";

/** The backup that an orchestra was retired with, as recorded in the main database's log. */
export interface RetirementBackup {
  /** The file's name in the stack's folder of backups. */
  file: string;
  sha256: string;
  rows: number;
  /** Time of the snapshot, by the server's clock, in ISO 8601. */
  takenAt: string;
}

/**
 * Returns the backup that was made since the orchestra's status last changed, to Retired; undefined if there is none. The log keeps
 * its events in order, so no clock matters. Changes nothing.
 *
 * @throws {UserError}
 */
export async function findRetirementBackup(
  registry: Connection,
  { stack, orchestra }: RegistrationKey,
): Promise<RetirementBackup | undefined> {
  return withSnapshot(registry, mainDatabaseName, async (client) => {
    if (!(await hasAudit(client))) return undefined;
    const { rows } = await client.query<{ detail: RetirementBackup }>(
      `SELECT detail FROM stagesub.audit WHERE stack = $1 AND orchestra = $2 AND action = 'retired'
           AND id > (SELECT max(id) FROM stagesub.audit WHERE stack = $1 AND orchestra = $2 AND action = 'status')
         ORDER BY id DESC LIMIT 1`,
      [stack, orchestra],
    );
    return rows[0]?.detail;
  });
}

/** Records the backup that the orchestra was retired with in the main database's log. @throws {UserError} */
export async function recordRetirement(
  registry: Connection,
  { stack, orchestra }: RegistrationKey,
  { file, sha256, rows, takenAt }: StoredBackup,
): Promise<RetirementBackup> {
  const detail: RetirementBackup = { file: path.basename(file), sha256, rows, takenAt };
  const append = async (client: pg.Client) => {
    try {
      await requireAudit(client);
      await appendAudit(client, [{ stack, orchestra, action: "retired", detail: { ...detail } }]);
    } catch (error) {
      throw explainQueryError(error, mainDatabaseName);
    }
  };
  await withClient(registry, append);
  return detail;
}

/** Returns the reason why the file is not the recorded backup, in words that follow "got"; undefined if it is. */
export async function findBackupProblem({ file, sha256 }: RetirementBackup, folder: string) {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path.join(folder, file)), hash);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? "no such file" : `one that cannot be read (${code})`;
  }
  return hash.digest("hex") === sha256 ? undefined : "a file of another digest: it was changed, or is another backup";
}

/**
 * Refuses to delete an orchestra's data for good unless the backup of its retirement exists, unchanged since it was verified.
 *
 * @param folder folder of the stack's backups
 * @throws {UserError} "Refusing to delete …"
 */
export async function requireRetirementBackup(registry: Connection, key: RegistrationKey, folder: string) {
  const { stack, orchestra } = key;
  const refusal = `Refusing to delete the data of ${orchestra}: expected the backup with which it was retired`;
  const backup = await findRetirementBackup(registry, key);
  if (!backup)
    throw new UserError(
      "backup-missing",
      `${refusal}, got none in the log of ${mainDatabaseName}. Put its lines back into the stack file, with state: retired, and run \`pulumi up\`: it makes one.`,
    );
  const problem = await findBackupProblem(backup, folder);
  if (problem === undefined) return;
  throw new UserError(
    "backup-missing",
    `${refusal}, backups/${stack}/${backup.file} (sha256 ${backup.sha256}), got ${problem}. Put that file there, from wherever backups are kept, and run this again.`,
  );
}
