import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "./machine.ts";

/** The time for an answer; a firewall may swallow packets, and then nothing tells that there is no connection. */
const TIMEOUT_MS = 4_000;

/** The time for which "out of reach" is believed; `./stagesub toolchain --refresh` asks again at once. */
const MEMORY_MS = 24 * 60 * 60 * 1000;

export interface ReachOptions {
  machine: Machine;
  signal?: AbortSignal | undefined;
  /** Ask again although nothing answered within the last day. */
  refresh: boolean;
}

/**
 * Returns the reason why Pulumi's downloads are out of reach; undefined if they are not. Pulumi's installer and engine try for minutes when
 * nothing answers, so this asks for the install script first, and remembers for a day that there was none: a machine without internet must
 * not wait all day.
 */
export async function findUnreachable({ machine, signal, refresh }: ReachOptions): Promise<string | undefined> {
  const file = join(machine.cache, "unreachable.txt");
  const known = refresh ? undefined : await readRecent(file);
  if (known !== undefined) return known;
  const reason = await ask(machine.installer, signal);
  if (reason !== undefined) {
    await mkdir(machine.cache, { recursive: true });
    await writeFile(file, reason);
  }
  return reason;
}

/** Returns the reason why Pulumi's install script cannot be read: another text, such as a hotel's login page, is no answer. */
async function ask(url: string, signal?: AbortSignal): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    if (!response.ok) return `${url}: HTTP ${response.status}`;
    const isScript = (await response.text()).startsWith("#!");
    return isScript ? undefined : `${url}: expected Pulumi's install script, got something else`;
  } catch (error) {
    signal?.throwIfAborted();
    return `${url}: ${explainError(error)}`;
  }
}

/** Explains an error: fetch says only "fetch failed", and the system's reason is underneath. */
function explainError(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message;
}

async function readRecent(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    return Date.now() - mtimeMs < MEMORY_MS ? await readFile(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
