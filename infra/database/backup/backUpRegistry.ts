import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { registryName } from "../registry/audit.ts";
import type { Connection } from "../connection/connection.ts";
import { mainDatabaseName } from "../registry/registryDatabase.ts";
import { recordBackups } from "./recordBackups.ts";
import { storeBackup, type StoredBackup } from "./storeBackup.ts";

/** Distinguishes automatic backups, which are deleted again, from those that a person asked for. */
const prefix = `${registryName}-automatic`;

/** Number of automatic backups that stay. The main database is a list of orchestras: ten are a megabyte. */
const kept = 10;

/**
 * Makes an automatic backup of the main database and records it in the audit. Keeps the latest ten automatic backups in the
 * folder; backups of the command `backup` stay for good.
 *
 * @param folder made if it is missing
 * @throws {UserError} or the file system's error
 */
export async function backUpRegistry(connection: Connection, stack: string, folder: string): Promise<StoredBackup> {
  const backup = await storeBackup({ connection, stack, key: mainDatabaseName, name: prefix, folder });
  await recordBackups(connection, stack, [{ ...backup, name: registryName }]);
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${prefix}-`) && file.endsWith(".tar"));
  // The names hold the time, so that they sort by time.
  for (const file of files.sort().slice(0, -kept)) await rm(path.join(folder, file), { force: true });
  return backup;
}
