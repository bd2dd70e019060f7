import type { Problem } from "./config/problem.ts";
import { type ErrorCode, exitCodes } from "./errorCodes.ts";

/** Values of an error that programs use. */
export interface ErrorFields {
  /** PostgreSQL's five letters, where the server refused. */
  sqlState?: string | undefined;
  /** HTTP status of an API's answer. */
  status?: number | undefined;
  /** Everything that is wrong with a stack file, in the order of the file. */
  problems?: readonly Problem[];
  /** Everything that is wrong with files of SQL or seeds. */
  files?: readonly FileProblem[] | undefined;
}

/** A problem of a file. */
export interface FileProblem {
  /** Its name in its folder; "" for the folder itself. */
  file: string;
  /** From 1; left out for a problem of the whole file. */
  line?: number;
  says: string;
}

/**
 * An error that a person can act on: it is shown as its message and code, without a stack. Programs decide by its code and fields, never by
 * its message.
 *
 * It carries no `cause` on purpose: errors of `pg` hold `detail` and `where`, which quote rows.
 */
export class UserError extends Error {
  override readonly name = "UserError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly fields: ErrorFields = {},
  ) {
    super(message);
  }

  /** Tells whether an error has one of these codes. */
  static is<Code extends ErrorCode>(error: unknown, ...codes: Code[]): error is UserError & { code: Code } {
    return error instanceof UserError && codes.some((code) => code === error.code);
  }

  /** The message with the code, which docs/errors.md explains. */
  get text(): string {
    return `${this.message} [${this.code}]`;
  }

  /** The exit code of a command that fails for this reason. */
  get exitCode(): number {
    return exitCodes[this.code] ?? 1;
  }
}
