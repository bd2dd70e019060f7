import type { Command } from "commander";

import { hearSignals, tidiesUp, wasInterrupted } from "./interruption.ts";
import { printable, reportError } from "./reportError.ts";

/**
 * Runs a command line to its end. Every program of scripts/ goes through this function: it alone prints errors, sets the exit codes of README's
 * table, and hears signals and closed pipes. Colours follow NO_COLOR, FORCE_COLOR and whether standard output is a terminal (picocolors).
 */
export async function runCommand(build: () => Command | Promise<Command>): Promise<void> {
  hearSignals();
  for (const stream of [process.stdout, process.stderr]) stream.on("error", leaveClosedPipe);
  process.on("uncaughtException", (error) => {
    process.exit(reportError(error));
  });
  try {
    const program = await build();
    const outputError = (text: string, write: (text: string) => void) => write(printable(text));
    for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ outputError });
    await program.parseAsync();
  } catch (error) {
    // A code that the command has set before says more.
    const code = reportError(error);
    process.exitCode ||= code;
  }
  // An interrupted run may have left something waiting, which must not keep the process alive.
  if (wasInterrupted()) process.exit(130);
}

/** The reader, such as `head -1`, has seen enough: a command that has nothing to tidy up ends, any other goes on without output. */
function leaveClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  if (!tidiesUp()) process.exit();
}
