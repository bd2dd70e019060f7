import { spawn, type SpawnOptions } from "node:child_process";

/** The time for an interrupted process to end before it is killed; the engine gives the whole host five seconds. */
const INTERRUPT_GRACE_MS = 3_000;

export interface NodeRun {
  /** The whole environment. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Receives the process's output; left out: it goes to our own stdout and stderr. */
  onOutput?: (stream: "stdout" | "stderr", bytes: Buffer) => void;
  /** Interrupts the process. */
  cancelled: AbortSignal;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: Error;
}

/** Runs this very node to its end; a process that ignores an interrupt is killed. */
export function runNode(argv: string[], { env, cwd, onOutput, cancelled }: NodeRun): Promise<Exit> {
  const output = onOutput ? "pipe" : "inherit";
  const options: SpawnOptions = { env, ...(cwd !== undefined && { cwd }), stdio: ["ignore", output, output] };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, options);
    for (const stream of ["stdout", "stderr"] as const)
      child[stream]?.on("data", (bytes: Buffer) => onOutput?.(stream, bytes));
    let killing: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      child.kill("SIGINT");
      killing = setTimeout(() => child.kill("SIGKILL"), INTERRUPT_GRACE_MS);
    };
    if (cancelled.aborted) interrupt();
    else cancelled.addEventListener("abort", interrupt, { once: true });
    const settle = (exit: Exit): void => {
      clearTimeout(killing);
      cancelled.removeEventListener("abort", interrupt);
      resolve(exit);
    };
    child.once("error", (error) => settle({ code: null, signal: null, error }));
    // "close" and not "exit": all that it printed has arrived.
    child.once("close", (code, signal) => settle({ code, signal }));
  });
}
