import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { backupDatabase, type BackupSpec } from "./backupDatabase.ts";

/** A backup's file, and what is in it. */
export interface StoredBackup {
  /** Its path. */
  file: string;
  /** When the snapshot was taken, by the server's clock, in ISO 8601. */
  takenAt: string;
  tables: number;
  rows: number;
  bytes: number;
  /** Digest of the file, as `sha256sum` says it. */
  sha256: string;
}

/**
 * Backs a database up into `<name>-<time>.tar` in a folder that is there. What backups left there that were killed midway goes first: it is people's
 * data, and of use to nobody.
 *
 * @throws DatabaseError see `backupDatabase`
 */
export async function storeBackup(
  spec: Omit<BackupSpec, "path"> & { name: string; folder: string },
): Promise<StoredBackup> {
  const { name, folder, ...what } = spec;
  await removeUnfinished(folder);
  const time = new Date().toISOString().replace(/\.\d+/, "").replaceAll(":", "-");
  const file = path.join(folder, `${name}-${time}.tar`);
  const { takenAt, tables } = await backupDatabase({ ...what, path: file });
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return { file, takenAt, tables: tables.length, rows, bytes: (await stat(file)).size, sha256: hash.digest("hex") };
}

/** Parts of files, as `backupDatabase` names them, whose process is no more. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid] = /\.tar\.(\d+)\.partial$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(path.join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
