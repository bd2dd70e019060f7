const interruption = new AbortController();
let isAwaited = false;

/**
 * Returns the signal that Ctrl-C and SIGTERM abort. A command that asks for it ends by itself, after it has tidied up; a second Ctrl-C ends
 * it at once, as the first ends every other command.
 */
export function awaitInterruption(): AbortSignal {
  isAwaited = true;
  return interruption.signal;
}

/** Whether the command ends by itself once its user has no more use for it. */
export function tidiesUp(): boolean {
  return isAwaited;
}

/** Whether Ctrl-C or SIGTERM came. */
export function wasInterrupted(): boolean {
  return interruption.signal.aborted;
}

/** Takes SIGINT and SIGTERM over from Node, for the rest of this process. */
export function hearSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (!isAwaited || interruption.signal.aborted) process.exit(130);
      interruption.abort(signal);
    });
}

/** Leaves Ctrl-C to a program that this process has started in the terminal's foreground, and waits for. */
export function leaveInterruptions(): void {
  process.removeAllListeners("SIGINT").on("SIGINT", () => undefined);
}
