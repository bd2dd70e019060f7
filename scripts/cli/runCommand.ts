import { stripVTControlCharacters } from "node:util";

import { type Command, CommanderError } from "commander";

import { hearSignals, tidiesUp, wasInterrupted } from "./interruption.ts";
import { errorPc } from "./colours.ts";
import { UserError } from "../../infra/errors.ts";
import { coverLogins, escapeInvisible } from "../../infra/util/text.ts";

/**
 * Runs a command line to its end. This function alone prints errors, sets the exit codes of README's table, and hears signals and closed
 * pipes. Colours follow NO_COLOR, FORCE_COLOR and whether standard output is a terminal (picocolors).
 */
export async function runCommand(run: () => Promise<void>): Promise<void> {
  hearSignals();
  for (const stream of [process.stdout, process.stderr]) stream.on("error", leaveClosedPipe);
  process.on("uncaughtException", (error) => {
    process.exit(reportError(error));
  });
  try {
    await run();
  } catch (error) {
    // A code that the command has set before says more.
    const code = reportError(error);
    process.exitCode ||= code;
  }
  // An interrupted run may have left something waiting, which must not keep the process alive.
  if (wasInterrupted()) process.exit(130);
}

/** Has a command and those below it throw their errors for `runCommand` to judge, and keep their help within 79 columns. */
export function prepareCommand(command: Command): Command {
  const width = () => Math.min(process.stdout.columns ?? 79, 79);
  command.exitOverride().configureOutput({
    outputError: (text, write) => write(printable(text)),
    getOutHelpWidth: width,
    getErrHelpWidth: width,
  });
  for (const each of command.commands) prepareCommand(each);
  return command;
}

/** The reader, such as `head -1`, has seen enough: a command that has nothing to tidy up ends, any other goes on without output. */
function leaveClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  if (!tidiesUp()) process.exit();
}

/** Prints an error as a person needs it, and returns the exit code. */
export function reportError(error: unknown): number {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (wasInterrupted() && !UserError.is(error, "interrupted")) {
    console.error("Interrupted.");
    return 130;
  }
  if (error instanceof UserError) {
    console.error(errorPc.red(printable(error.text)));
    return error.exitCode;
  }
  console.error(errorPc.red(printable(error instanceof Error ? (error.stack ?? error.message) : String(error))));
  console.error("This is a bug of this program. Please report it with the lines above.");
  return 1;
}

/** Covers logins that somebody gave in place of something else, and takes out what a terminal would obey. */
export function printable(text: string): string {
  return escapeInvisible(coverLogins(stripVTControlCharacters(text)));
}
