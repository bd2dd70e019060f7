import { awaitInterruption } from "../cli/interruption.ts";

/** Ctrl-C ends the work after its unfinished files are gone; work that waits for a silent server is left after ten seconds. */
export function interruptible(): AbortSignal {
  const signal = awaitInterruption();
  signal.addEventListener("abort", () => setTimeout(() => process.exit(130), 10_000).unref());
  return signal;
}
