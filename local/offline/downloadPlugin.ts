import type { Machine } from "../toolchain/machine.ts";
import { reportRegularly } from "../toolchain/reportRegularly.ts";
import { runCommand } from "../toolchain/runCommand.ts";
import { UnreachableError } from "../toolchain/toolchainError.ts";
import type { Plugin } from "../toolchain/versions.ts";

/** About 100 MB, on a slow line. */
const DOWNLOAD_TIMEOUT_MS = 10 * 60 * 1000;

export interface DownloadOptions {
  machine: Machine;
  /** The CLI that knows where plugins come from. */
  pulumi: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Lets the CLI install one official plugin into an empty PULUMI_HOME. A parameterized plugin is also made to load its
 * provider, which it downloads from another registry: better to know here than in the middle of an `up`.
 *
 * @throws UnreachableError when the machine is offline or a registry is closed to it
 */
export async function downloadPlugin(
  { name, version, parameter }: Plugin,
  home: string,
  { machine, pulumi, log, signal }: DownloadOptions,
): Promise<void> {
  log(`Installing the official plugin ${name} ${version} …`);
  const stopReporting = reportRegularly(() => log("  still at it"));
  const timeout = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
  const run = async (args: string[]): Promise<void> => {
    const { code, output } = await runCommand(pulumi, args, {
      cwd: home,
      environment: { ...machine.environment, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    signal?.throwIfAborted();
    if (code === 0) return;
    throw new UnreachableError(`\`pulumi ${args.join(" ")}\` failed: ${output.trim().split("\n").at(-1)}`);
  };
  try {
    await run(["plugin", "install", "resource", name, `v${version}`]);
    if (parameter) {
      await run(["package", "get-schema", `${name}@${version}`, parameter.provider, parameter.version]);
    }
  } finally {
    stopReporting();
  }
}
