import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import pLimit from "p-limit";

import { backupDatabase } from "../../infra/database/backup/backupDatabase.ts";
import { CommandError } from "../orchestra/commandError.ts";
import type { Target } from "./chooseTargets.ts";

/** What became of one database's backup. */
export type BackupResult =
  | { name: string; ok: true; file: string; takenAt: string; tables: number; rows: number; bytes: number }
  | { name: string; ok: false; reason: string };

/** Each backup holds one connection, and its gzip most of a core. */
const limit = 4;

/**
 * Backs up several databases, each into a file of its own in `folder`, which is made where it is missing. One that fails
 * stops no other.
 */
export async function backUpAll(
  targets: readonly Target[],
  { stack, folder, signal }: { stack: string; folder: string; signal: AbortSignal },
  onDone: (result: BackupResult) => void,
): Promise<BackupResult[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`Expected a folder to write to, cannot make ${folder} (${error.code}). Name another: --to`);
  });
  const time = new Date().toISOString().replace(/\.\d+/, "").replaceAll(":", "-");
  return pLimit(limit).map(targets, async (target) => {
    const result = await backUp(target, stack, path.join(folder, `${target.name}-${time}.tar`), signal);
    onDone(result);
    return result;
  });
}

async function backUp(
  { name, key, connection }: Target,
  stack: string,
  file: string,
  signal: AbortSignal,
): Promise<BackupResult> {
  if (connection === undefined)
    return { name, ok: false, reason: `${name} has no database yet: \`pulumi up -s ${stack}\` makes it.` };
  try {
    signal.throwIfAborted();
    const { takenAt, tables } = await backupDatabase({ connection, stack, key, path: file, signal });
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return { name, ok: true, file, takenAt, tables: tables.length, rows, bytes: (await stat(file)).size };
  } catch (error) {
    return { name, ok: false, reason: signal.aborted ? "interrupted" : (error as Error).message };
  }
}
