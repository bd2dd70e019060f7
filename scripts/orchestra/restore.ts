import path from "node:path";

import { errorPc, pc } from "../cli/colours.ts";
import { countRows } from "../../infra/database/backup/readBackup.ts";
import { backupFolder } from "../../infra/database/sources.ts";
import { restoreBackup, restoreBeside } from "../backup/restoreBackup.ts";
import { chooseTargets, interruptible } from "../backup/backUpAll.ts";
import { openStack } from "../stack/openStack.ts";
import { UserError } from "../../infra/errors.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

interface Options extends StackOptions {
  from: string;
  as?: string;
}

/** `restore <id|registry> --from <file>`: a backup back into the database that it was taken of. */
export default function restoreCommand(): StackCommand {
  return new StackCommand("restore")
    .description(
      "Brings a backup back into its orchestra's own database, or `registry` into the main database: saves what is there beside the backups, " +
        "shuts the app out meanwhile, and compares the result with the backup before it counts; all or nothing. With --as the database " +
        "stays as it is, and the backup goes into a new one on the same server, for a look.",
    )
    .argument("<name>", "the orchestra's id, or registry for the main database")
    .requiredOption("--from <file>", "what `backup` or a retirement wrote")
    .option("--as <database>", "the name of a new database to restore into instead")
    .withJson()
    .action((name: string, options: Options) => restore(name, options));
}

async function restore(name: string, options: Options): Promise<void> {
  const { from, as, json } = options;
  const file = path.resolve(from);
  const stack = await openStack(options.stack);
  const target = chooseTargets(stack, [name])[0]!;
  const signal = interruptible();
  const { connection } = target;
  if (as !== undefined) {
    requireDatabaseName(as);
    const manifest = await restoreBeside(connection ?? stack.registry, file, as, signal);
    const { takenAt } = manifest;
    const rows = countRows(manifest);
    return print({ json }, { name, database: as, takenAt, rows }, () =>
      [
        `Restored ${name} as it was at ${takenAt} into the new database ${as}: ${rows} rows, all compared.`,
        `When you have looked: DROP DATABASE "${as}";`,
      ].join("\n"),
    );
  }
  if (target.retired)
    throw new UserError("orchestra-not-ready", `${name} is retired. Bring it back first: ./stagesub resume ${name}`);
  if (!connection)
    throw new UserError(
      "orchestra-not-ready",
      `${name} has no database yet: \`pulumi up -s ${stack.name}\` makes it. Then run this again.`,
    );
  const { manifest, saved } = await restoreBackup({
    ...{ target: { ...target, connection }, stack: stack.name, registry: stack.registry, file, signal },
    folder: backupFolder(stack.name),
    log: (line) => console.error(line),
    warn: (line) => console.error(errorPc.yellow(line)),
  });
  const { takenAt } = manifest;
  const rows = countRows(manifest);
  const next = `pulumi up --refresh -s ${stack.name}`;
  print({ json }, { name, database: target.key, takenAt, rows, saved, next }, () =>
    [
      `Restored ${name} as it was at ${takenAt}: ${rows} rows, all compared. What was there before: ${saved}`,
      `Next: ${pc.bold(next)}, which applies what came after the backup: migrations, passwords, settings.`,
    ].join("\n"),
  );
}

function requireDatabaseName(name: string): void {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return;
  throw new UserError(
    "command-line",
    `Expected a name of lower-case letters, digits and _ for the new database (--as), got ${JSON.stringify(name)}.`,
  );
}
