import { readdir, rm } from "node:fs/promises";
import path from "node:path";

import { backupDatabase } from "../database/backup/backupDatabase.ts";
import { findStaleBackup, recordBackups } from "../database/backup/backupLog.ts";
import { findMissingPrograms } from "../database/programs/findPostgresPrograms.ts";
import type { Connection } from "../database/connection/connection.ts";
import { UserError } from "../errors.ts";
import { registryName } from "../database/registry/audit.ts";
import { mainDatabaseName } from "../database/registry/registryDatabase.ts";
import { backupFolder } from "../database/sources.ts";

/** `stagesub:backup` of a stack. A change of the policy changes no resource. */
export interface BackupPolicy {
  stack: string;
  /** The greatest age of the main database's last backup when a run writes to it: 24h, 7d, 30m. */
  maxAge: string;
  /** Whether the run then makes a new backup; else it is refused. */
  automatic: boolean;
}

/** The facts that one run knows of one main database. */
interface Run {
  policy: BackupPolicy;
  /** The finding in place of a recent backup. Read once: the run's own rows make an empty database one with rows. */
  stale?: Promise<string | undefined>;
  /** Whether a resource has already reported why the run is refused. */
  isReported?: true;
  /** The backup that this run makes. */
  backup?: Promise<void>;
}

/** Runs by address. One process is one run: Pulumi starts the provider anew for each preview and each `up`. */
const runs = new Map<string, Run>();

/**
 * Returns reasons to refuse a run that would write to the main database, for a resource's `check`: before any side effect. Remembers the
 * policy even where nothing is to be written, for registrations that are removed: those are not checked.
 *
 * @param backup left out where this run was told to go without
 */
export async function refuseStaleBackup(
  connection: Connection,
  backup: BackupPolicy | undefined,
  writes: boolean,
): Promise<string[]> {
  const address = addressOf(connection);
  if (!backup) {
    runs.delete(address);
    return [];
  }
  // Shared by the run's resources: a backup that one of them has begun serves all.
  const run: Run = runs.get(address) ?? { policy: backup };
  run.policy = backup;
  runs.set(address, run);
  if (!writes) return [];
  const stale = await findReason(run, connection);
  if (stale === undefined) return [];
  const reason = backup.automatic ? await findMissingPrograms(connection, "client programs") : stale;
  if (reason === undefined) return [];
  const first = !run.isReported;
  run.isReported = true;
  return [
    first
      ? reason
      : `Refusing to write to ${mainDatabaseName} without a recent backup of it: the first refusal names the remedy.`,
  ];
}

/**
 * Makes the main database's backup before a write to it, once a run, where the policy wants one.
 *
 * @throws {UserError} where there is no recent backup, and none could be made
 */
export async function backUpFirst(connection: Connection): Promise<void> {
  const run = runs.get(addressOf(connection));
  if (!run) return;
  const reason = await findReason(run, connection);
  if (reason === undefined) return;
  if (!run.policy.automatic) throw new UserError("backup-missing", reason);
  await (run.backup ??= makeBackup(connection, run.policy));
}

/** Distinguishes automatic backups, which are deleted again, from those that a person asked for. */
const automatic = `${registryName}-automatic`;

/** Number of automatic backups that stay. The main database is a list of orchestras: ten are a megabyte. */
const kept = 10;

async function makeBackup(connection: Connection, { stack }: BackupPolicy): Promise<void> {
  const folder = backupFolder(stack);
  try {
    const backup = await backupDatabase({ connection, stack, key: mainDatabaseName, name: automatic, folder });
    await recordBackups(connection, stack, "backup", [{ ...backup, name: registryName }]);
    console.log(`Backed up ${mainDatabaseName} before writing to it: backups/${stack}/${path.basename(backup.file)}`);
    const files = (await readdir(folder)).filter((file) => file.startsWith(`${automatic}-`) && file.endsWith(".tar"));
    // The names hold the time, so that they sort by time.
    for (const file of files.sort().slice(0, -kept)) await rm(path.join(folder, file), { force: true });
  } catch (error) {
    throw new UserError(
      "backup-missing",
      `Refusing to write to ${mainDatabaseName}: its backup could not be made. ${(error as Error).message}\n${skip}`,
    );
  }
}

async function findReason(run: Run, connection: Connection): Promise<string | undefined> {
  const { stack, maxAge } = run.policy;
  const expected = `Refusing to write to ${mainDatabaseName}: expected a backup of it that is at most ${maxAge} old (stagesub:backup)`;
  try {
    const got = await (run.stale ??= findStaleBackup(connection, maxAge));
    if (got === undefined) return undefined;
    return `${expected}, got ${got}.\nBack it up, then run this again: ./stagesub backup registry --stack ${stack}\n${skip}`;
  } catch (error) {
    return `${expected}, and could not ask for the last one. ${(error as Error).message}\n${skip}`;
  }
}

const skip = "To go without for one run, set STAGESUB_BACKUP_CHECK=skip in its environment.";

/** Returns one text per main database and login. */
function addressOf({ host, port, user, database }: Connection): string {
  return JSON.stringify([host, port, user, database]);
}
