import { type Connection, withClient } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";
import { explainQueryError } from "../../infra/database/connection/explainQueryError.ts";
import { digestStream, type Manifest, readBackup } from "../../infra/database/backup/readBackup.ts";
import { recordBackups, requireLoggedDigest } from "../../infra/database/backup/backupLog.ts";
import { restoreDatabase } from "../../infra/database/backup/restoreDatabase.ts";
import { backupDatabase, type StoredBackup } from "../../infra/database/backup/backupDatabase.ts";
import { registryName } from "../../infra/database/registry/audit.ts";
import { letAppIn, shutOutApp } from "../../infra/database/tenant/shutOutApp.ts";
import type { BackupTarget } from "./backUpAll.ts";

export interface Restoration {
  target: BackupTarget & { connection: Connection };
  stack: string;
  /** The main database, where the log is. */
  registry: Connection;
  file: string;
  /** Folder for the copy of the existing data. */
  folder: string;
  signal: AbortSignal;
  log: (line: string) => void;
  warn: (line: string) => void;
}

/**
 * Puts a backup into the database that it was taken of, with the app shut out before the existing data is saved. Compares the data that
 * is replaced with the data that was saved, so that nobody's write is lost. A rerun repairs an interrupted restore: the database holds
 * either the backup's data or the previous data.
 *
 * @returns the file of the previous data
 * @throws {UserError}
 */
export async function restoreBackup(restoration: Restoration): Promise<{ manifest: Manifest; saved: string }> {
  const { target, stack, registry, file, log, warn } = restoration;
  const { name, key, connection, appRole } = target;
  const { manifest } = await readBackup(file);
  refuseOthers(manifest, target, stack);
  await checkLog(restoration, manifest);
  let saved: StoredBackup;
  try {
    if (appRole !== undefined) {
      await shutOutApp(connection, key, appRole);
      log(`${name}: the app is shut out; if this is cut off, run it again or \`pulumi up --refresh\``);
    }
    saved = await replace(restoration);
  } finally {
    if (appRole !== undefined) await letAppIn(connection, key, appRole);
  }
  await recordBackups(registry, stack, "restored", [{ name, file, takenAt: manifest.takenAt }]).catch(
    ({ message }: Error) => warn(`Restored, but not in the log: ${message}`),
  );
  return { manifest, saved: saved.file };
}

async function replace(restoration: Restoration): Promise<StoredBackup> {
  const { target, stack, registry, file, folder, signal, log, warn } = restoration;
  const { name, key, connection } = target;
  const isMain = name === registryName;
  const save = { connection, stack, key, folder, signal, name: `${name}-before-restore`, mayBeUnmarked: true };
  const saved = await backupDatabase(save);
  const record = () =>
    recordBackups(registry, stack, "backup", [{ ...saved, name }]).catch(({ message }: Error) =>
      warn(`Not in the log: ${message}`),
    );
  log(`${name}: saved what is there, ${saved.rows} rows, as ${saved.file}`);
  if (!isMain) await record();
  const { contents } = (await readBackup(saved.file)).manifest;
  try {
    await restoreDatabase({
      connection,
      path: file,
      mark: { key, stack: isMain ? null : stack },
      saved: contents,
      signal,
    });
  } finally {
    // The log is in the main database: an entry would be a change of what was saved, and its restore would take it away.
    if (isMain) await record();
  }
  return saved;
}

/**
 * Puts a backup into a new database on a server, for a look.
 *
 * @throws {UserError} where there is one of that name
 */
export async function restoreBeside(
  server: Connection,
  file: string,
  database: string,
  signal: AbortSignal,
): Promise<Manifest> {
  await readBackup(file);
  const run = (statement: string) =>
    withClient(server, (client) => client.query(statement)).catch((error: Error) => {
      throw explainQueryError(error, database);
    });
  await run(`CREATE DATABASE "${database}" TEMPLATE template0`);
  try {
    await run(`REVOKE ALL ON DATABASE "${database}" FROM PUBLIC`);
    return await restoreDatabase({ connection: { ...server, database }, path: file, signal });
  } catch (error) {
    await run(`DROP DATABASE "${database}" WITH (FORCE)`);
    throw error;
  }
}

function refuseOthers(manifest: Manifest, { name, key }: BackupTarget, stack: string): void {
  const isOwn = name === registryName ? manifest.key === key : manifest.orchestra === name;
  if (isOwn && manifest.stack === stack) return;
  throw new UserError(
    "restore-refused",
    `Refusing to restore over ${name} of the stack ${stack}: expected a backup of it, got one of ${manifest.orchestra ?? manifest.key} of the ` +
      `stack ${manifest.stack}. Give another file, or look at this one in a new database: --as <name>`,
  );
}

/** The log may be lost, with the main database or because a backup could not be recorded: then the file is taken at its word. */
async function checkLog({ target, stack, registry, file, warn }: Restoration, { takenAt }: Manifest): Promise<void> {
  const sha256 = await digestStream(file);
  const isKnown = await requireLoggedDigest(registry, stack, { name: target.name, file, takenAt, sha256 }).catch(
    (error: Error) => {
      if (UserError.is(error, "backup-changed")) throw error;
      return false;
    },
  );
  if (!isKnown)
    warn(`The log of the main database does not know ${file}: its digest was compared with its own manifest alone.`);
}
