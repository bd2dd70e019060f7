import pLimit from "p-limit";

import { backupDatabase, makeFolder, type StoredBackup } from "../../infra/database/backup/backupDatabase.ts";
import { UserError } from "../../infra/errors.ts";
import { registryName } from "../../infra/database/registry/audit.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { mainDatabaseName } from "../../infra/database/registry/registryDatabase.ts";
import { keyOf } from "../../infra/plan/planOrchestras.ts";
import type { OpenStack } from "../stack/openStack.ts";
import { awaitInterruption } from "../cli/interruption.ts";

/** A database to back up. */
export interface BackupTarget {
  /** Its name on the command line: an orchestra's id, or `registry`. */
  name: string;
  /** The database's own name: "malmo", "pool-3" or "the main database". */
  key: string;
  /** Undefined where no `up` has made it yet, and where its orchestra is retired. */
  connection: Connection | undefined;
  /** Its orchestra is retired: it was backed up for that, and may be paused. */
  retired: boolean;
  /** The group of the app's logins; none in the main database. */
  appRole?: string;
}

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

/** Returns the named databases, or the main one and those of all unretired orchestras. Ends with exit code 2 for an unknown name. */
export function chooseTargets(
  { plan, registry, migrators }: Pick<OpenStack, "plan" | "registry" | "migrators">,
  names: readonly string[],
): BackupTarget[] {
  const orchestras = plan.orchestras.map(({ id, database, state, appRole }) => {
    const key = keyOf({ id, database });
    return { name: id, key, connection: migrators[key], retired: state === "retired", appRole };
  });
  const all: BackupTarget[] = [
    { name: registryName, key: mainDatabaseName, connection: registry, retired: false },
    ...orchestras,
  ];
  const unknown = names.filter((name) => !all.some((target) => target.name === name));
  if (unknown.length > 0)
    throw new UserError(
      "command-line",
      `Expected orchestras of the stack file or registry, got ${unknown.map((name) => JSON.stringify(name)).join(", ")}. ` +
        `There are: ${all.map(({ name }) => name).join(", ")}.`,
    );
  return names.length === 0 ? all.filter(({ retired }) => !retired) : all.filter(({ name }) => names.includes(name));
}

/** Ctrl-C ends the work after its unfinished files are gone; work that waits for a silent server is left after ten seconds. */
export function interruptible(): AbortSignal {
  const signal = awaitInterruption();
  signal.addEventListener("abort", () => setTimeout(() => process.exit(130), 10_000).unref());
  return signal;
}
