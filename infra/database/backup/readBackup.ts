import { open } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DatabaseError } from "../databaseError.ts";
import { indexArchive, readEntry, type ArchiveEntry } from "./archive.ts";
import { parseManifest, type BackedUpTable, type Manifest } from "./manifest.ts";
import { RowDigest } from "./tables.ts";

/** A backup file that was read to its end and found whole. */
export interface Backup {
  manifest: Manifest;
  /** A table's rows as text for COPY. */
  rows: (table: BackedUpTable) => AsyncIterable<Buffer>;
}

/**
 * Reads a backup's every table and compares it with the manifest.
 *
 * @param path of the file
 * @throws DatabaseError where the file is missing, damaged, or of another format
 */
export async function readBackup(path: string): Promise<Backup> {
  const entries = await indexFile(path);
  const manifest = parseManifest(
    (await buffer(readEntry(path, find(entries, "manifest.json", path)))).toString(),
    path,
  );
  const rows = (table: BackedUpTable) => {
    const gunzip = createGunzip();
    // A failure of either comes out of the iteration.
    pipeline(readEntry(path, find(entries, table.file, path)), gunzip).catch(() => undefined);
    return gunzip as AsyncIterable<Buffer>;
  };
  const damaged: string[] = [];
  for (const table of manifest.tables) if (!(await isWhole(rows(table), table))) damaged.push(table.name);
  if (damaged.length === 0) return { manifest, rows };
  throw new DatabaseError(
    `Expected the rows that the manifest of ${path} promises, got others in ${damaged.join(", ")}: the file is damaged. Take another.`,
  );
}

async function indexFile(path: string): Promise<Map<string, ArchiveEntry>> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    throw new DatabaseError(`Expected a backup file, cannot read ${path} (${error.code}).`);
  });
  try {
    return await indexArchive(file, path);
  } finally {
    await file.close();
  }
}

function find(entries: Map<string, ArchiveEntry>, name: string, path: string): ArchiveEntry {
  const entry = entries.get(name);
  if (entry) return entry;
  throw new DatabaseError(`Expected a backup of this program, found no ${name} in ${path}. Take another file.`);
}

async function isWhole(rows: AsyncIterable<Buffer>, expected: BackedUpTable): Promise<boolean> {
  const digest = new RowDigest();
  try {
    for await (const _chunk of digest.through(rows));
  } catch {
    return false;
  }
  const { rows: count, sha256 } = digest.result();
  return count === expected.rows && sha256 === expected.sha256;
}
