import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fetchFile, fetchText } from "./fetchFile.ts";
import { readPulumiVersion } from "./findPulumi.ts";
import type { Machine } from "./machine.ts";
import { runCommand } from "./runCommand.ts";
import { ToolchainError, UnreachableError } from "./toolchainError.ts";
import { PULUMI_VERSION } from "./versions.ts";

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
  const checksums = await fetchChecksums(machine, signal);
  const expected = checksums.get(archive);
  if (expected === undefined) throw new UnreachableError(`${checksumsUrl(machine)} names no ${archive}`);

  log(`Downloading Pulumi ${PULUMI_VERSION} from ${machine.releases} …`);
  const file = join(directory, archive);
  const actual = await fetchFile(`${machine.releases}/${archive}`, file, log, signal);
  if (actual !== expected) {
    throw new ToolchainError(
      `Refusing ${machine.releases}/${archive}: expected SHA-256 ${expected} as in ${checksumsUrl(machine)}, got ${actual}. ` +
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

/**
 * Reads the checksums that Pulumi publishes beside its archives, by archive. Small and on the host that serves plugins too,
 * it also shows quickly whether there is a way out of this machine.
 *
 * @throws UnreachableError when nothing answers, or something else does, such as the login page of a hotel
 */
export async function fetchChecksums(machine: Machine, signal?: AbortSignal): Promise<Map<string, string>> {
  const lines = (await fetchText(checksumsUrl(machine), signal)).trim().split("\n");
  return new Map(
    lines.map((line) => {
      const [, sha256, archive] = /^([0-9a-f]{64}) [ *](\S+)\s*$/.exec(line) ?? [];
      if (sha256 && archive) return [archive, sha256];
      throw new UnreachableError(`${checksumsUrl(machine)}: expected lines of SHA-256 and archive, got something else`);
    }),
  );
}

function checksumsUrl({ releases }: Machine): string {
  return `${releases}/pulumi-${PULUMI_VERSION}-checksums.txt`;
}
