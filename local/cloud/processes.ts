import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../infra/errors.ts";
import { runProgram } from "../../infra/util/runProgram.ts";

/** Tells whether a process runs. A zombie, which a container without an init process never clears away, does not. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await readCommand(pid)) !== "";
}

/**
 * Reads a process's command line, words separated and ended by blanks; empty for a zombie or no process. A pid from a file proves nothing
 * without it: after a crash the number may belong to any other process.
 */
export async function readCommand(pid: number): Promise<string> {
  // Slim containers have /proc but no `ps`; macOS has `ps` but no /proc.
  if (process.platform === "linux") {
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return words.replaceAll("\0", " ");
  }
  const { code, stdout } = await runProgram("ps", ["-ww", "-o", "command=", "-p", String(pid)], { env: process.env });
  return code === 0 ? `${stdout.trim()} ` : "";
}

/**
 * Ends a process with the first signal, and with each next one when the process outlives its patience.
 *
 * @param isSame whether the pid still belongs to the same process.
 */
export async function endProcess(
  pid: number,
  signals: { signal: NodeJS.Signals; patienceMs: number }[],
  isSame: () => Promise<boolean>,
): Promise<void> {
  for (const { signal, patienceMs } of signals) {
    if (!(await isSame())) return;
    sendSignal(pid, signal);
    for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(25)) {
      if (!(await isSame())) return;
    }
  }
  throw new UserError("local-cloud-failed", `Process ${pid} did not end in time. End it by hand.`);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
