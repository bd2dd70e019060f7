import path from "node:path";
import { errorPc, pc } from "../cli/colours.ts";
import { formatTable } from "../cli/formatTable.ts";

import { recordBackups } from "../../infra/database/backup/backupLog.ts";
import { backupFolder } from "../../infra/database/sources.ts";
import { backUpAll, type BackupResult, chooseTargets, interruptible } from "../backup/backUpAll.ts";
import { openStack, type OpenStack } from "../stack/openStack.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

/** Returns `backup [ids…|registry]`: makes a consistent copy of each database in a file of its own. */
export default function backupCommand(): StackCommand {
  return new StackCommand("backup")
    .description(
      "Copies databases with pg_dump, each as it is at one moment, into a file of its own, and verifies it. Changes nothing in them but for an entry in the main database's log. The files open the " +
        "orchestras' data: keep them as you keep passwords. Exit code 1 if any fails; the others go on.",
    )
    .argument("[names...]", "orchestras' ids, or registry for the main database; all of them and registry if left out")
    .option("--to <folder>", "where the files go (default: backups/<stack> in the checkout)")
    .withOutput()
    .action((names: string[], options: StackOptions & { to?: string }) => backup(names, options));
}

async function backup(names: string[], { stack: name, to, ...options }: StackOptions & { to?: string }): Promise<void> {
  const stack = await openStack(name);
  const targets = chooseTargets(stack, names);
  const folder = to === undefined ? backupFolder(name) : path.resolve(to);
  const interruption = interruptible();
  const results = await backUpAll(targets, { stack: name, folder, signal: interruption }, (result) =>
    console.error(result.ok ? `${result.name}: backed up` : errorPc.red(`${result.name}: ${result.reason}`)),
  );
  const recorded = await recordInLog(stack, results);
  print(options, { stack: name, recorded, backups: results }, (width) => formatResults(results, width));
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** Records the backups in the main database; without a record the files are backups all the same. */
export async function recordInLog({ name, registry }: OpenStack, results: readonly BackupResult[]): Promise<boolean> {
  const made = results.filter((result) => result.ok);
  if (made.length === 0) return false;
  try {
    await recordBackups(registry, name, "backup", made);
    return true;
  } catch (error) {
    const consequence = "`pulumi up` does not know of them.";
    console.error(
      errorPc.yellow(`The backups are made, but not in the log: ${(error as Error).message} ${consequence}`),
    );
    return false;
  }
}

function formatResults(results: readonly BackupResult[], width: number): string {
  const rows = results.map((result) =>
    result.ok
      ? [result.name, result.rows, `${Math.ceil(result.bytes / 1024)} kB`, path.relative(process.cwd(), result.file)]
      : [pc.red(result.name), "", "", pc.red("failed: the reason is above")],
  );
  return formatTable(["database", "rows", "size", "file"], rows, { width, right: ["rows", "size"] });
}
