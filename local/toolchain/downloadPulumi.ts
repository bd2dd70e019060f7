import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { readPulumiVersion } from "./findPulumi.ts";
import type { Machine } from "./machine.ts";
import { reportRegularly } from "./reportRegularly.ts";
import { runCommand } from "./runCommand.ts";
import { ToolchainError, UnreachableError } from "./toolchainError.ts";
import { PULUMI_VERSION } from "./versions.ts";

/** The small checksums file comes first and shows quickly whether there is a way out; a firewall may swallow packets. */
const CONNECT_TIMEOUT_MS = 4_000;

/** A download that brings nothing for so long is given up. */
const STALL_MS = 30_000;

/**
 * Fetches Pulumi's official release, about 100 MB, and unpacks it into an existing empty directory, CLI and language hosts
 * side by side. The archive's SHA-256 must be the one that Pulumi publishes next to it (`pulumi-<version>-checksums.txt`,
 * made by `sha256sum` in its release workflow).
 *
 * @throws UnreachableError when nothing usable answers
 * @throws ToolchainError when the archive is not the one that was published
 */
export async function downloadPulumi(
  directory: string,
  machine: Machine,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (!machine.platform) throw new UnreachableError(`there is no release we can unpack on ${process.platform}`);
  const archive = `pulumi-v${PULUMI_VERSION}-${machine.platform}.tar.gz`;
  const checksumsUrl = `${machine.releases}/pulumi-${PULUMI_VERSION}-checksums.txt`;
  const checksums = await fetchText(checksumsUrl, signal);
  const expected = checksums
    .split("\n")
    .map((line) => /^([0-9a-f]{64})\s+\*?(\S+)$/.exec(line.trim()))
    .find((match) => match?.[2] === archive)?.[1];
  if (expected === undefined) throw new UnreachableError(`${checksumsUrl} names no ${archive}`);

  log(`Downloading Pulumi ${PULUMI_VERSION} from ${machine.releases} …`);
  const file = join(directory, archive);
  const actual = await downloadFile(`${machine.releases}/${archive}`, file, log, signal);
  if (actual !== expected) {
    throw new ToolchainError(
      `Refusing ${machine.releases}/${archive}: expected SHA-256 ${expected} as in ${checksumsUrl}, got ${actual}. ` +
        "Something on the way alters downloads: use another network, or put a Pulumi of your own on PATH.",
    );
  }
  const { code, output } = await runCommand("tar", ["-xzf", archive, "--strip-components=1"], {
    environment: machine.environment,
    cwd: directory,
    signal,
  });
  signal?.throwIfAborted();
  if (code !== 0) throw new ToolchainError(`Could not unpack ${archive} with tar: ${output.trim()}`);
  await rm(file);
  const answer = await readPulumiVersion(join(directory, "pulumi"), machine.environment, signal);
  if ("problem" in answer) throw new UnreachableError(`the released ${answer.problem}`);
}

/** Saves a URL as a file and returns its SHA-256. */
async function downloadFile(
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

/** Fetches a small file; what does not answer soon counts as out of reach. */
export async function fetchText(url: string, signal?: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    return await (await fetchOk(url, signal ? AbortSignal.any([signal, timeout]) : timeout)).text();
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof UnreachableError ? error : new UnreachableError(`${url}: ${explainError(error)}`);
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
