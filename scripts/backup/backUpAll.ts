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
  const refuse = (reason: string): BackupResult => ({ name, ok: false, reason });
  if (retired) return refuse(`${name} is retired: \`./stagesub log ${name}\` names its last backup.`);
  if (!connection) return refuse(`${name} has no database yet: \`pulumi up -s ${stack}\` makes it.`);
  if (signal.aborted) return refuse("interrupted");
  return backupDatabase({ connection, stack, key, name, folder, signal }).then(
    (backup) => ({ name, ok: true, ...backup }),
    ({ message }: Error) => refuse(signal.aborted ? "interrupted" : message),
  );
}
