import type { Command } from "commander";

import { hearSignals, tidiesUp, wasInterrupted } from "./interruption.ts";
import { printable, reportError } from "./reportError.ts";

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
