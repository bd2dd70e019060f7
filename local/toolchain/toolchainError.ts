/** A state of this machine that the user can act on: shown as its message alone, without a stack. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";
}
