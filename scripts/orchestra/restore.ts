import { Command } from "commander";
import pc from "picocolors";

import { recordRestore } from "../../infra/database/backup/recordBackups.ts";
import { restoreDatabase } from "../../infra/database/backup/restoreDatabase.ts";
import { parseConnectionUrl, trust } from "../../infra/database/connection.ts";
import { sources } from "../../infra/database/sources.ts";
import { openStack, readStackText } from "../openStack.ts";
import { planStackText } from "../stackFile.ts";
import { jsonOption, stackOption } from "./stackOption.ts";

/** Never an argument: those show in the list of processes and in the shell's history. */
const variable = "RESTORE_DATABASE_URL";

/** `restore <file>`: a backup into an empty database. Needs neither Pulumi's state nor the main database: both may be lost. */
export function restoreCommand(): Command {
  const command = new Command("restore")
    .description(
      `Restores a backup into the empty database whose URL is in the environment variable ${variable}, as the role that is to own it: ` +
        "makes the schema by the backup's own migrations, loads the rows, and compares them with the backup; all or nothing.",
    )
    .argument("<file>", "what `backup` wrote")
    .addOption(stackOption())
    .addOption(jsonOption());
  return command.action((file: string, options: { stack: string; json?: true }) => restore(command, file, options));
}

async function restore(command: Command, path: string, options: { stack: string; json?: true }): Promise<void> {
  const url = process.env[variable];
  if (!url)
    command.error(`Expected the URL of an empty database in the environment variable ${variable}, found none.`, {
      exitCode: 2,
    });
  const { ca } = planStackText(options.stack, readStackText(options.stack));
  const manifest = await restoreDatabase({
    connection: trust(parseConnectionUrl(url), ca),
    path,
    migrations: { orchestra: sources.orchestraMigrations, registry: sources.registryMigrations },
    log: (line) => console.error(line),
  });
  const { key, orchestra, takenAt, tables } = manifest;
  if (orchestra !== null) await record(options.stack, { orchestra, file: path, takenAt });
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  if (options.json)
    return console.log(JSON.stringify({ key, orchestra, takenAt, tables: tables.length, rows }, null, 2));
  console.log(`Restored ${key} as it was at ${takenAt}: ${tables.length} tables, ${rows} rows, all compared.`);
  console.log(
    orchestra === null
      ? "Point the stack at it with `pulumi config set --secret stagesub:databaseUrl`, then run `pulumi up`."
      : `Declare it as ${orchestra}'s (\`database: adopted\` and stagesub:adopted), then run \`pulumi up\`: it sets the password of the app's role.`,
  );
}

/** The main database may be what is lost: then there is no log to write to, and the restore is one all the same. */
async function record(stack: string, restored: { orchestra: string; file: string; takenAt: string }): Promise<void> {
  try {
    const { registry } = await openStack(stack);
    await recordRestore(registry, { stack, ...restored });
  } catch (error) {
    console.error(pc.yellow(`Restored, but not in the log: ${(error as Error).message}`));
  }
}
