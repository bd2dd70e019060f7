import { spawn } from "node:child_process";

/** A process that runs, for tests that signal it. */
export interface StartedProcess {
  pid: number;
  /** Both streams so far, as they came. */
  output(): string;
  /** Resolves when the process has ended, whoever ended it. A signal that ended it stands in place of a code. */
  ended: Promise<{ code: number | NodeJS.Signals; output: string }>;
}

/** Starts a process in a group of its own, so that what a test signals is never the test itself. */
export function startProcess(
  command: string,
  { args, cwd, env }: { args: string[]; cwd: string; env: NodeJS.ProcessEnv },
): StartedProcess {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const ended = new Promise<{ code: number | NodeJS.Signals; output: string }>((resolve, reject) => {
    child.once("error", reject);
    const end = () => resolve({ code: child.exitCode ?? child.signalCode ?? 1, output });
    // A process of its that outlives it may hold the streams open; its own last words may come after its end.
    child.once("exit", () => setTimeout(end, 1_000)).once("close", end);
  });
  return { pid: child.pid!, output: () => output, ended };
}
