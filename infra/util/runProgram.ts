import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../errors.ts";

export interface ProgramOptions {
  cwd?: string;
  /** The whole environment. Secrets go here or into `input`: every user of a machine can read arguments. */
  env: NodeJS.ProcessEnv;
  /** The account that the program runs under. Default: this process's. */
  account?: { uid: number; gid: number } | undefined;
  /** Default: utf8. `latin1` keeps every byte of other output. */
  encoding?: BufferEncoding;
  /** Text for standard input, which is empty otherwise. */
  input?: string | undefined;
  /** `terminal` hands on this process's three streams. `errors` shows standard error as it comes. Default: both outputs are captured. */
  show?: "terminal" | "output" | "errors";
  /** Sends the program a signal when it aborts; the result then still waits for the program's end. */
  interruption?: AbortSignal | undefined;
  /** Chooses the signal by the reason of the interruption, or none. Default: SIGINT, so that the program can tidy up. */
  chooseSignal?: (reason: unknown) => NodeJS.Signals | undefined;
  /**
   * Starts the program in a process group of its own: a terminal's Ctrl-C does not reach it, only `interruption` does. If this process ends
   * first, the program gets a second signal. Default: false.
   */
  ownGroup?: boolean;
  /** Called with each line of captured output. */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Whether standard output is only given to `onLine`, and not kept: a stream of any length. Default: false. */
  streamed?: boolean;
}

export interface ProgramResult {
  /** The exit code; null when a signal ended the program or it could not be started. */
  code: number | null;
  /** The reason why the program could not be started. */
  startError?: Error;
  stdout: string;
  stderr: string;
  /** Both captured streams in the order they came, or the reason why the program could not be started. */
  output: string;
}

/** Far more than any program here prints, and less than the longest string. */
const longestOutput = 100_000_000;

/** Runs a program to its end, without a shell. A failure or an interruption is a result, not an exception. */
export async function runProgram(command: string, args: string[], options: ProgramOptions): Promise<ProgramResult> {
  const { cwd, env, account, encoding = "utf8", input, show, interruption, ownGroup, onLine } = options;
  const child = spawn(command, args, {
    cwd,
    env,
    ...account,
    detached: ownGroup === true,
    stdio: [
      show === "terminal" ? "inherit" : input === undefined ? "ignore" : "pipe",
      show === "terminal" || show === "output" ? "inherit" : "pipe",
      show === undefined ? "pipe" : "inherit",
    ],
  });
  const result: ProgramResult = { code: null, stdout: "", stderr: "", output: "" };
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name]?.setEncoding(encoding).on("data", (chunk: string) => {
      if (options.streamed && name === "stdout") return;
      if (result.output.length > longestOutput) {
        result.stderr += `\nEnded: it printed more than ${longestOutput / 1e6} MB.`;
        return void (child.kill("SIGKILL"), stream?.destroy());
      }
      result[name] += chunk;
      result.output += chunk;
    });
    if (stream && onLine) createInterface(stream).on("line", (line) => onLine(line, name));
  }
  // A program that ends before it has read its input reports why.
  child.stdin?.on("error", () => undefined).end(input);
  const interrupt = (): void => {
    const signal = options.chooseSignal ? options.chooseSignal(interruption?.reason) : "SIGINT";
    if (signal) child.kill(signal);
  };
  const abandon = () => child.kill("SIGTERM");
  if (ownGroup) process.once("exit", abandon);
  interruption?.addEventListener("abort", interrupt, { once: true });
  if (interruption?.aborted) interrupt();
  result.code = await new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      if (child.pid !== undefined) return;
      Object.assign(result, { startError: error, output: error.message });
      resolve(null);
    });
    child.once("close", resolve);
    // Grandchildren of an interrupted program may hold its output open for long.
    child.once("exit", (code) => interruption?.aborted && resolve(code));
  });
  interruption?.removeEventListener("abort", interrupt);
  process.off("exit", abandon);
  return result;
}

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws {UserError} program-missing, or program-failed with the end of the program's own output
 */
export async function readProgram(command: string, args: string[], options: ProgramOptions): Promise<string> {
  const { code, startError, stdout, stderr } = await runProgram(command, args, options);
  if (code === 0) return stdout;
  const name = path.basename(command);
  if (startError)
    throw new UserError(
      "program-missing",
      `Expected ${name} to start in ${options.cwd ?? "."}: ${startError.message}.`,
    );
  const end = stderr.trim().split("\n").slice(-20).join("\n");
  throw new UserError("program-failed", `${name} failed: ${end || `exit code ${code ?? "none"}`}`);
}
