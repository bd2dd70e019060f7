/** What a user can act on: shown without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
