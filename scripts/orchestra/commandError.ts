/** What a user can act on: shown without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    message: string,
    /** 2 where an argument is wrong, as commander's own. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}
