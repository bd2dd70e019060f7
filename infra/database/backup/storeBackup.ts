import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../errors.ts";
import { backupDatabase, type BackupSpec } from "./backupDatabase.ts";
import { countRows } from "./manifest.ts";
import { digestStream } from "./readBackup.ts";

/** A backup's file and a summary of its contents. */
export interface StoredBackup {
  /** The file's path. */
  file: string;
  /** Time of the snapshot, by the server's clock, in ISO 8601. */
  takenAt: string;
  tables: number;
  rows: number;
  bytes: number;
  /** Digest of the file, in the form of `sha256sum`. */
  sha256: string;
}

/**
 * Backs a database up into `<name>-<time>.tar` in a folder, which is made if it is missing. The time has milliseconds, so that two
 * backups of one database get two files.
 *
 * @throws {UserError} see `backupDatabase`
 */
export async function storeBackup(
  spec: Omit<BackupSpec, "path"> & { name: string; folder: string },
): Promise<StoredBackup> {
  const { name, folder, ...what } = spec;
  await makeFolder(folder);
  const time = new Date().toISOString().replace(/[:.]/g, "-");
  const file = path.join(folder, `${name}-${time}.tar`);
  const manifest = await backupDatabase({ ...what, path: file });
  return {
    file,
    takenAt: manifest.takenAt,
    tables: Object.keys(manifest.contents.tables).length,
    rows: countRows(manifest),
    bytes: (await stat(file)).size,
    sha256: await digestStream(file),
  };
}

/**
 * Makes a folder level by level: Node's own `recursive` never ends below a folder that accepts none, such as /proc.
 *
 * @throws {UserError} if the folder cannot be made
 */
export async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (path.dirname(folder) !== folder) await makeFolder(path.dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    // Another run may have made the folder meanwhile; but a file of that name is no folder.
    if (error.code === "EEXIST" && !found) return;
    throw new UserError(
      "file-access",
      `Expected a folder to write to, cannot make ${folder} (${error.code}). Name another: --to`,
    );
  });
}
