import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { Command } from "commander";

import { UserError } from "../infra/errors.ts";
import { checkout } from "../infra/util/checkout.ts";
import type * as loader from "./cli/loadProgram.js";
import { completionCommand } from "./cli/completion.ts";
import { prepareCommand, runCommand } from "./cli/runCommand.ts";
import { requireStack } from "./cli/stackOption.ts";
import { commands } from "./commands.ts";

/** Runs `stagesub` with these arguments. */
export async function main(args: string[]): Promise<void> {
  await runCommand(async () => {
    // npm changes to the checkout, and passes on where it was called.
    const { npm_lifecycle_script: alias, INIT_CWD: caller } = process.env;
    if (caller !== undefined && alias?.startsWith("exec ./stagesub")) process.chdir(caller);
    const [, folder] = /^-C(.*)$/s.exec(args[0] ?? "") ?? [];
    if (folder === undefined) return run(args);
    return runIn(folder || args[1], args.slice(folder ? 1 : 2));
  });
}

/** Runs a command as if it was started in `folder`: in a folder of another checkout, the command of that one. */
async function runIn(folder: string | undefined, args: string[]): Promise<void> {
  try {
    process.chdir(folder!);
  } catch {
    throw new UserError("command-line", `Expected a folder after -C, got ${JSON.stringify(folder ?? "nothing")}.`);
  }
  const other = findCheckout(process.cwd());
  if (other === undefined || other === realpathSync(checkout)) return run(args);
  const file = pathToFileURL(path.join(other, "scripts/cli/loadProgram.js")).href;
  const { loadProgram } = (await import(file)) as typeof loader;
  return (await loadProgram()).run(args);
}

function findCheckout(folder: string): string | undefined {
  if (["stagesub", "Pulumi.yaml"].every((file) => existsSync(path.join(folder, file)))) return realpathSync(folder);
  const parent = path.dirname(folder);
  return parent === folder ? undefined : findCheckout(parent);
}

export async function run([first, ...rest]: string[]): Promise<void> {
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
    for (const [name, { summary, load }] of Object.entries(group)) program.addCommand(lazyCommand(name, summary, load));
  }
  program.commandsGroup("Shell:").addCommand(completionCommand(loadAll));
  return prepareCommand(program);
}

/** Returns a command that hands all its arguments to the one that it loads. */
function lazyCommand(name: string, summary: string, load: () => Promise<Command>): Command {
  return new Command(name)
    .summary(summary)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument("[arguments...]")
    .action(async (args: string[]) => {
      const command = (await load()).name(`stagesub ${name}`).hook("preAction", requireStack);
      await prepareCommand(command).parseAsync(args, { from: "user" });
    });
}

async function loadAll(): Promise<Command[]> {
  return Promise.all(
    Object.values(commands).flatMap((group) =>
      Object.entries(group).map(async ([name, { summary, load }]) => (await load()).name(name).summary(summary)),
    ),
  );
}

function readVersion(): string {
  const text = readFileSync(path.join(checkout, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
