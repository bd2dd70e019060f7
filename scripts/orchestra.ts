import { Command } from "commander";
import pc from "picocolors";

import { addCommand } from "./orchestra/add.ts";
import { adoptPoolCommand } from "./orchestra/adoptPool.ts";
import { backupCommand } from "./orchestra/backup.ts";
import { baselineCommand } from "./orchestra/baseline.ts";
import { envCommand } from "./orchestra/env.ts";
import { importCommand } from "./orchestra/import.ts";
import { listCommand } from "./orchestra/list.ts";
import { logCommand } from "./orchestra/log.ts";
import { poolCommand } from "./orchestra/pool.ts";
import { reportCommand } from "./orchestra/report.ts";
import { restoreCommand } from "./orchestra/restore.ts";
import { rotateCommand } from "./orchestra/rotate.ts";
import { setupCommand } from "./orchestra/setup.ts";
import { showCommand } from "./orchestra/show.ts";
import { verifyCommand } from "./orchestra/verify.ts";

const program = new Command("npm run orchestra --")
  .description("The daily work with a stack's orchestras. Every command takes --stack and --help.")
  .addHelpText(
    "after",
    `
Exit codes: 0 all is well; 1 something is not, or could not be done: the reason is shown; 2 the command line or the stack file is wrong;
130 interrupted.`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program.addCommand(addCommand());
program.addCommand(adoptPoolCommand());
program.addCommand(backupCommand());
program.addCommand(baselineCommand());
program.addCommand(envCommand());
program.addCommand(importCommand());
program.addCommand(listCommand());
program.addCommand(logCommand());
program.addCommand(poolCommand());
program.addCommand(reportCommand());
program.addCommand(restoreCommand());
program.addCommand(rotateCommand());
program.addCommand(setupCommand());
program.addCommand(showCommand());
program.addCommand(verifyCommand());

// A mistake on a command's line ends with 2 as well: only commands that are made here take that over by themselves.
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  await program.parseAsync();
} catch (error) {
  // A mistake of the user's is a message; anything else is a bug of ours and keeps its stack.
  const known =
    error instanceof Error && ["StackFileError", "PlanError", "DatabaseError", "CommandError"].includes(error.name);
  console.error(pc.red(known ? error.message : ((error as Error).stack ?? String(error))));
  process.exitCode = error instanceof Error && error.name === "StackFileError" ? 2 : 1;
}
