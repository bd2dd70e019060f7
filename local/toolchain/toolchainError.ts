/** A state of this machine that the user can act on: shown as its message alone, without a stack. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";
}

/** A download is out of reach, or has nothing for this machine: another way has to be taken. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}
