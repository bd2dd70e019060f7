import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { Command } from "commander";

import { UserError } from "../infra/errors.ts";
import { checkout } from "../infra/util/checkout.ts";
import type * as loader from "../infra/util/loadProgram.js";
import { completionCommand } from "./cli/completion.ts";
import { prepareCommand, runCommand } from "./cli/runCommand.ts";
import { requireStack } from "./cli/stackCommand.ts";
import { commands, type Entry } from "./commands.ts";

/** Runs `stagesub` with these arguments; with `-C` in a folder of another checkout, the program of that one. */
export async function main(args: string[]): Promise<void> {
  leaveNpm();
  // The commands that a command starts run in other folders.
  const { STAGESUB_LOCAL_DIR: dir } = process.env;
  if (dir) process.env["STAGESUB_LOCAL_DIR"] = path.resolve(dir);
  const [, folder] = /^-C(.*)$/s.exec(args[0] ?? "") ?? [];
  if (folder === undefined) return runCommand(() => run(args));
  const rest = args.slice(folder ? 1 : 2);
  try {
    process.chdir((folder || args[1])!);
  } catch {
    const found = JSON.stringify((folder || args[1]) ?? "nothing");
    return runCommand(() => Promise.reject(new UserError("command-line", `Expected a folder after -C, got ${found}.`)));
  }
  const other = findCheckout(process.cwd());
  if (other === undefined || other === realpathSync(checkout)) return runCommand(() => run(rest));
  const file = pathToFileURL(path.join(other, "infra/util/loadProgram.js")).href;
  const { loadProgram } = (await import(file)) as typeof loader;
  const program = (await loadProgram("scripts/main.ts")) as { main: typeof main };
  return program.main(rest);
}

/** Goes back to the folder in which npm was called, since npm changes to the checkout. Removes npm's variables, so that child processes stay in their own folders. */
function leaveNpm(): void {
  const { npm_lifecycle_script: alias, INIT_CWD: caller } = process.env;
  if (caller === undefined || !alias?.startsWith("exec ./stagesub")) return;
  process.chdir(caller);
  delete process.env["npm_lifecycle_script"];
  delete process.env["INIT_CWD"];
}

function findCheckout(folder: string): string | undefined {
  if (["stagesub", "Pulumi.yaml"].every((file) => existsSync(path.join(folder, file)))) return realpathSync(folder);
  const parent = path.dirname(folder);
  return parent === folder ? undefined : findCheckout(parent);
}

async function run([first, ...rest]: string[]): Promise<void> {
  const args = first === "help" ? [...rest, "--help"] : [...(first === undefined ? [] : [first]), ...rest];
  await buildProgram().parseAsync(args, { from: "user" });
}

function buildProgram(): Command {
  const program = new Command("stagesub")
    .description("One Postgres database and one subdomain per orchestra.")
    .usage("[-C <folder>] <command> [options]")
    .version(readVersion(), "-V, --version", "show the version")
    .option("-C <folder>", "run as if started in this folder; comes first")
    .helpOption("-h, --help", "show this help; `stagesub <command> --help` shows a command's")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .enablePositionalOptions()
    .addHelpText("after", "\nExit codes and examples: README.md and docs/operations.md");
  for (const [heading, group] of Object.entries(commands)) {
    program.commandsGroup(heading);
    for (const [name, [summary, load, alias]] of Object.entries(group)) {
      const command = lazyCommand(name, summary, load);
      program.addCommand(alias === undefined ? command : command.alias(alias));
    }
  }
  program.commandsGroup("Shell:").addCommand(completionCommand(loadAll));
  return prepareCommand(program);
}

/** Returns a command that hands all its arguments to the one that it loads. */
function lazyCommand(name: string, summary: string, load: Entry[1]): Command {
  return new Command(name)
    .summary(summary)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument("[arguments...]")
    .action(async (args: string[]) => {
      const command = (await load()).default(name).name(`stagesub ${name}`).hook("preAction", requireStack);
      await prepareCommand(command).parseAsync(args, { from: "user" });
    });
}

async function loadAll(): Promise<Command[]> {
  return Promise.all(
    Object.values(commands).flatMap((group) =>
      Object.entries(group).flatMap(([name, [summary, load, alias]]) =>
        [name, ...(alias === undefined ? [] : [alias])].map(async (each) =>
          (await load()).default(name).name(each).summary(summary),
        ),
      ),
    ),
  );
}

function readVersion(): string {
  const text = readFileSync(path.join(checkout, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
