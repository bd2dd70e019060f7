import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { registryName } from "../registry/audit.ts";
import type { Connection } from "../connection/connection.ts";
import { registrySubject } from "../registry/registryDatabase.ts";
import { recordBackups } from "./recordBackups.ts";
import { storeBackup, type StoredBackup } from "./storeBackup.ts";

/** Told apart from those that a person asked for: these are taken away again. */
const prefix = `${registryName}-automatic`;

/** How many automatic backups stay. The main database is a list of orchestras: ten are a megabyte. */
const kept = 10;

/**
 * Backs the main database up by itself and writes so into its audit. Of the automatic backups in the folder the latest
 * ten stay; what `orchestra backup` made stays for good.
 *
 * @param folder made where it is missing
 * @throws {UserError} or the file system's error
 */
export async function backUpRegistry(connection: Connection, stack: string, folder: string): Promise<StoredBackup> {
  const backup = await storeBackup({ connection, stack, key: registrySubject, name: prefix, folder });
  await recordBackups(connection, stack, [{ ...backup, name: registryName }]);
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${prefix}-`) && file.endsWith(".tar"));
  // Their names hold the time, so their order is that of time.
  for (const file of files.sort().slice(0, -kept)) await rm(path.join(folder, file), { force: true });
  return backup;
}
