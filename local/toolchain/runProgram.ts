import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandOptions {
  environment: NodeJS.ProcessEnv;
  cwd?: string;
  /** Interrupts the command (SIGINT, so that it can tidy up). */
  signal?: AbortSignal | undefined;
  /** Called with each line the command prints, of either stream. */
  onLine?: (line: string) => void;
}

export interface CommandResult {
  /** The exit code; null when a signal ended the command or it could not be started. */
  code: number | null;
  stdout: string;
  /** All output, both streams in the order they came; the reason if the command could not be started. */
  output: string;
}

/** Runs a command to its end, without a shell. A failure or an interruption is a result, not an exception. */
export async function runProgram(
  command: string,
  args: string[],
  { environment, cwd, signal, onLine }: CommandOptions,
): Promise<CommandResult> {
  const stdout: string[] = [];
  const output: string[] = [];
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal && { signal, killSignal: "SIGINT" as const }),
    });
    createInterface(child.stdout).on("line", (line) => {
      stdout.push(line);
      output.push(line);
      onLine?.(line);
    });
    createInterface(child.stderr).on("line", (line) => {
      output.push(line);
      onLine?.(line);
    });
    child.once("error", (error) => {
      output.push(error.message);
      // An interrupted command still has to end: only then may its files be removed.
      if (child.pid === undefined) resolve(null);
    });
    child.once("close", resolve);
    // Grandchildren of an interrupted command may hold its output open for long.
    child.once("exit", (exitCode) => signal?.aborted && resolve(exitCode));
  });
  return { code, stdout: stdout.join("\n"), output: output.join("\n") };
}
