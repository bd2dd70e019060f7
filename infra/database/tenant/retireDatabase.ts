import path from "node:path";
import { backupDatabase, type StoredBackup } from "../backup/backupDatabase.ts";
import type { Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import type { RegistrationKey } from "../registry/orchestraRows.ts";
import { findRetirementBackup, recordBackups } from "../backup/backupLog.ts";
import { shutOutApp } from "./shutOutApp.ts";

export interface RetirementSpec extends RegistrationKey {
  /** Connection of the owning role; left out if unknown: then only a retirement that is already complete succeeds. */
  connection?: Connection | undefined;
  /** The main database, where the orchestra's row already says Retired: nobody is sent to the orchestra's database any more. */
  registry: Connection;
  /** The database's key: "malmo" or "pool-3". */
  key: string;
  /** The role that holds the app's rights. */
  appRole: string;
  /** Folder of the backup; made if it is missing. */
  folder: string;
}

/**
 * Ends an orchestra's use of its database: shuts the app out, backs the database up, verifies the file and records it in
 * the log. A rerun after an interruption does the remaining steps; once all is done it does not connect to the database,
 * which may be paused by then.
 *
 * @throws {UserError}
 */
export async function retireDatabase(retirement: RetirementSpec): Promise<StoredBackup> {
  const { stack, orchestra, connection, registry, key, appRole, folder } = retirement;
  const { backup: known, problem } = await findRetirementBackup(registry, { stack, orchestra }, folder);
  if (known && problem === undefined) return known;
  if (!connection)
    throw new UserError(
      "retirement-incomplete",
      `Expected the state to know the way into the database of ${orchestra} (${key}), whose retirement was cut off before its backup was ` +
        "verified; it does not. Take `state: retired` out, run `pulumi up`, and retire it again.",
    );
  await shutOutApp(connection, key, appRole).catch((error: Error) => {
    if (!known) throw error;
    throw new UserError("backup-missing", `${orchestra}: ${problem} No other can be made now: ${error.message}`);
  });
  const spec = { connection, stack, key, name: orchestra, folder, rehearse: true };
  const backup = await backupDatabase(spec);
  await recordBackups(registry, stack, "retired", [{ ...backup, name: orchestra }]);
  return { ...backup, file: path.basename(backup.file) };
}
