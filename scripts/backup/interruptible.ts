/** Ctrl-C ends the work after its unfinished files are gone; what waits for a silent server is left after ten seconds. */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      controller.abort();
      process.exitCode = 130;
      setTimeout(() => process.exit(130), 10_000).unref();
    });
  return controller.signal;
}
