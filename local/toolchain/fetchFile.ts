import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { reportRegularly } from "./reportRegularly.ts";
import { UnreachableError } from "./toolchainError.ts";

/** How long a small text may take; a firewall may swallow packets, and then nothing tells that there is no way out. */
const TEXT_TIMEOUT_MS = 4_000;

/** A download that brings nothing for so long is given up. */
const STALL_MS = 30_000;

/**
 * Fetches a small text.
 *
 * @throws UnreachableError when it does not come soon
 */
export async function fetchText(url: string, signal?: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(TEXT_TIMEOUT_MS);
  try {
    return await (await fetchOk(url, signal ? AbortSignal.any([signal, timeout]) : timeout)).text();
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof UnreachableError ? error : new UnreachableError(`${url}: ${explainError(error)}`);
  }
}

/**
 * Saves a URL as a file and returns its SHA-256, in hex.
 *
 * @throws UnreachableError when it does not come whole
 */
export async function fetchFile(
  url: string,
  file: string,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const stalled = new AbortController();
  const stall = setTimeout(() => stalled.abort(new Error(`no data for ${STALL_MS / 1000} s`)), STALL_MS);
  const limit = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  const hash = createHash("sha256");
  let received = 0;
  const stopReporting = reportRegularly(() => log(`  ${Math.round(received / 1e6)} MB`));
  try {
    const body = (await fetchOk(url, limit)).body;
    if (!body) throw new UnreachableError(`${url}: an empty answer`);
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          stall.refresh();
          received += chunk.length;
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(file),
      { signal: limit },
    );
    return hash.digest("hex");
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof UnreachableError ? error : new UnreachableError(`${url}: ${explainError(error)}`);
  } finally {
    clearTimeout(stall);
    stopReporting();
  }
}

async function fetchOk(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal, redirect: "follow" });
  if (!response.ok) throw new UnreachableError(`${url}: HTTP ${response.status}`);
  return response;
}

/** fetch says only "fetch failed"; what the system said is underneath. */
function explainError(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message;
}
