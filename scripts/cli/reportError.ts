import { stripVTControlCharacters } from "node:util";

import { CommanderError } from "commander";

import { errorPc } from "./colours.ts";
import { UserError } from "../../infra/errors.ts";
import { coverLogins, escapeInvisible } from "../../infra/util/text.ts";
import { wasInterrupted } from "./interruption.ts";

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
