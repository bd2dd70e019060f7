import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { findExecutable } from "./findExecutable.ts";
import type { Machine } from "./machine.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { OLDEST_PULUMI } from "./versions.ts";

/** The time for `pulumi version`, which needs no network. */
const VERSION_TIMEOUT_MS = 10_000;

export type FoundPulumi =
  { kind: "fits"; pulumi: string; version: string } | { kind: "unfit"; reason: string } | { kind: "none" };

/**
 * Looks at the `pulumi` that the user's shell would run, the first on PATH. The CLI fits when it is at least OLDEST_PULUMI and when the
 * engine will find the Node language host and the dynamic-provider launcher, beside the CLI or on PATH.
 */
export async function findPulumi(machine: Machine, signal?: AbortSignal): Promise<FoundPulumi> {
  const pulumi = findExecutable("pulumi", machine.path);
  if (pulumi === undefined) return { kind: "none" };
  const version = await readPulumiVersion(pulumi, machine.environment, signal);
  if ("problem" in version) return { kind: "unfit", reason: `${pulumi} ${version.problem}` };
  if (!isAtLeast(version.version, OLDEST_PULUMI)) {
    return {
      kind: "unfit",
      reason: `${pulumi} is version ${version.version}; expected 3.x from ${OLDEST_PULUMI} on`,
    };
  }
  const directories = [dirname(pulumi), dirname(realpathSync(pulumi)), ...machine.path];
  const missing = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"].filter(
    (companion) => findExecutable(companion, directories) === undefined,
  );
  if (missing.length > 0) {
    return { kind: "unfit", reason: `${pulumi} lacks ${missing.join(" and ")}, expected beside it or on PATH` };
  }
  return { kind: "fits", pulumi, version: version.version };
}

/** Asks a CLI for its version, e.g. "3.250.0". */
export async function readPulumiVersion(
  pulumi: string,
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<{ version: string } | { problem: string }> {
  const timeout = AbortSignal.timeout(VERSION_TIMEOUT_MS);
  const { code, stdout, output } = await runProgram(pulumi, ["version"], {
    env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
    interruption: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  signal?.throwIfAborted();
  if (timeout.aborted) return { problem: `did not answer \`pulumi version\` within ${VERSION_TIMEOUT_MS / 1000} s` };
  if (code !== 0) return { problem: `does not run: ${output.trim().split("\n").at(-1)}` };
  const version = /^v?(\d+\.\d+\.\d+)/.exec(stdout.trim())?.[1];
  return version ? { version } : { problem: `answered \`pulumi version\` with ${JSON.stringify(stdout.slice(0, 80))}` };
}

/** Tells whether a version is of the same major line as the oldest accepted one, and not older. */
function isAtLeast(version: string, oldest: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0, oldestPatch = 0] = oldest.split(".").map(Number);
  return major === oldestMajor && (minor > oldestMinor || (minor === oldestMinor && patch >= oldestPatch));
}
