import pLimit from "p-limit";

import { backupDatabase, makeFolder, type StoredBackup } from "../../infra/database/backup/backupDatabase.ts";
import type { BackupTarget } from "./chooseTargets.ts";

/** The outcome of one database's backup. */
export type BackupResult = ({ name: string; ok: true } & StoredBackup) | { name: string; ok: false; reason: string };

/** Backups at once: each holds one connection, and its gzip most of a core. */
const atOnce = 4;

/**
 * Backs up several databases, each into a file of its own in `folder`, which is made where it is missing. A failed
 * backup stops no other.
 */
export async function backUpAll(
  targets: readonly BackupTarget[],
  { stack, folder, signal }: { stack: string; folder: string; signal: AbortSignal },
  onDone: (result: BackupResult) => void,
): Promise<BackupResult[]> {
  await makeFolder(folder);
  return pLimit(atOnce).map(targets, async (target) => {
    const result = await backUp(target, stack, folder, signal);
    onDone(result);
    return result;
  });
}

async function backUp(
  { name, key, connection, retired }: BackupTarget,
  stack: string,
  folder: string,
  signal: AbortSignal,
): Promise<BackupResult> {
  if (retired)
    return {
      name,
      ok: false,
      reason: `${name} is retired: \`./stagesub log --orchestra ${name}\` names its last backup.`,
    };
  if (connection === undefined)
    return { name, ok: false, reason: `${name} has no database yet: \`pulumi up -s ${stack}\` makes it.` };
  try {
    signal.throwIfAborted();
    return { name, ok: true, ...(await backupDatabase({ connection, stack, key, name, folder, signal })) };
  } catch (error) {
    return { name, ok: false, reason: signal.aborted ? "interrupted" : (error as Error).message };
  }
}
