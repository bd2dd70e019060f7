import { Command } from "commander";

import { runCommand } from "./cli/runCommand.ts";

/** Each brings its own libraries, so only the one that is asked for is loaded. */
const commands: Record<string, () => Promise<Command>> = {
  add: async () => (await import("./orchestra/add.ts")).addCommand(),
  "adopt-pool": async () => (await import("./orchestra/adoptPool.ts")).adoptPoolCommand(),
  backup: async () => (await import("./orchestra/backup.ts")).backupCommand(),
  baseline: async () => (await import("./orchestra/baseline.ts")).baselineCommand(),
  env: async () => (await import("./orchestra/env.ts")).envCommand(),
  import: async () => (await import("./orchestra/import.ts")).importCommand(),
  list: async () => (await import("./orchestra/list.ts")).listCommand(),
  log: async () => (await import("./orchestra/log.ts")).logCommand(),
  orphans: async () => (await import("./orchestra/orphans.ts")).orphansCommand(),
  pool: async () => (await import("./orchestra/pool.ts")).poolCommand(),
  report: async () => (await import("./orchestra/report.ts")).reportCommand(),
  restore: async () => (await import("./orchestra/restore.ts")).restoreCommand(),
  resume: async () => (await import("./orchestra/lifecycle.ts")).resumeCommand(),
  retire: async () => (await import("./orchestra/lifecycle.ts")).retireCommand(),
  rotate: async () => (await import("./orchestra/rotate.ts")).rotateCommand(),
  setup: async () => (await import("./orchestra/setup.ts")).setupCommand(),
  show: async () => (await import("./orchestra/show.ts")).showCommand(),
  suspend: async () => (await import("./orchestra/lifecycle.ts")).suspendCommand(),
  verify: async () => (await import("./orchestra/verify.ts")).verifyCommand(),
};

const program = new Command("npm run orchestra --")
  .description("The daily work with a stack's orchestras. Every command takes --stack and --help.")
  .addHelpText(
    "after",
    `
Exit codes: 0 all is well; 1 something is not, or could not be done: the reason is shown; 2 the command line or the stack file is wrong;
130 interrupted.`,
  );

await runCommand(async () => {
  const [asked = ""] = process.argv.slice(2);
  for (const load of Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands))
    program.addCommand(await load());
  return program;
});
