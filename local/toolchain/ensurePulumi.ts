import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { findGo } from "./buildGo.ts";
import { buildPulumi, digestBuild } from "../offline/buildPulumi.ts";
import { ensureDirectory, placeDirectory, withLock } from "./cache.ts";
import { downloadPulumi } from "./downloadPulumi.ts";
import { recallFailure, rememberFailure } from "./failures.ts";
import { findPulumi } from "./findPulumi.ts";
import type { Machine } from "./machine.ts";
import { shareFile } from "./shareTree.ts";
import { ToolchainError, UnreachableError } from "./toolchainError.ts";
import { OLDEST_PULUMI, PULUMI_VERSION } from "./versions.ts";
import { writeDynamicProviderLauncher, writeLauncher } from "../offline/writeLauncher.ts";

export interface PulumiOptions {
  machine: Machine;
  /** Bundles our own programs, when they are needed; returns the directory they are in. */
  ensurePrograms: () => Promise<string>;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** Try the official download again although it failed within the last day. */
  refresh: boolean;
}

export interface InstalledPulumi {
  pulumi: string;
  version: string;
  source: "path" | "download" | "build";
}

/**
 * Finds or makes a Pulumi CLI that can run Node programs. Ways, in order: a fitting one on PATH; Pulumi's official release;
 * a build from Go modules with a language host of our own.
 *
 * @throws ToolchainError when no way is open, with what to install
 */
export async function ensurePulumi(options: PulumiOptions): Promise<InstalledPulumi> {
  const { machine, log, signal } = options;
  const found = await findPulumi(machine, signal);
  if (found.kind === "fits") return { pulumi: found.pulumi, version: found.version, source: "path" };
  if (found.kind === "unfit") log(`Not using the Pulumi on PATH: ${found.reason}.`);

  const made = (await recallMade(options)) ?? (await withLock(machine.cache, { log, signal }, () => make(options)));
  const folder = made.source === "download" ? made.directory : await addCompanions(made.directory, options);
  return { pulumi: join(folder, "pulumi"), version: PULUMI_VERSION, source: made.source };
}

/** What this cache holds of the CLI itself. */
interface MadePulumi {
  source: "download" | "build";
  directory: string;
}

const releaseName = (machine: Machine): string => `pulumi-${PULUMI_VERSION}-${machine.platform}-release`;
const buildName = (machine: Machine): string => `pulumi-${PULUMI_VERSION}-${machine.platform}-build-${digestBuild()}`;

/** A built CLI does only as long as the official release is known to be out of reach. */
async function recallMade({ machine, refresh }: PulumiOptions): Promise<MadePulumi | undefined> {
  const release = join(machine.cache, releaseName(machine));
  if (existsSync(release)) return { source: "download", directory: release };
  const build = join(machine.cache, buildName(machine));
  const isOffline = !refresh && (await recallFailure(machine.cache, "release")) !== undefined;
  return isOffline && existsSync(build) ? { source: "build", directory: build } : undefined;
}

async function make(options: PulumiOptions): Promise<MadePulumi> {
  const { machine, log, signal } = options;
  // Another run may have made it while this one waited for the lock.
  const made = await recallMade({ ...options, refresh: false });
  if (made?.source === "download" || (made && !options.refresh)) return made;
  const reason = await tryDownload(options);
  if (reason === undefined) return { source: "download", directory: join(machine.cache, releaseName(machine)) };
  const announce = (): void => log(`Pulumi's own release is out of reach (${reason}).`);
  if (made) {
    announce();
    return made;
  }
  const go = findGo(machine);
  if (!machine.platform || go === undefined) {
    throw new ToolchainError(
      `No way to a Pulumi CLI: none fits on PATH, its release is out of reach (${reason}), and there is no Go to build it. ` +
        `Install Pulumi ${OLDEST_PULUMI} or later (https://www.pulumi.com/docs/install/) or Go (https://go.dev/dl/), and run this again.`,
    );
  }
  announce();
  const directory = await placeDirectory(machine.cache, buildName(machine), (temporary) =>
    buildPulumi({ go, directory: temporary, machine, log, signal }),
  );
  return { source: "build", directory };
}

/** Why the official release cannot be had; undefined when it is there now. */
async function tryDownload({ machine, log, signal, refresh }: PulumiOptions): Promise<string | undefined> {
  const failure = refresh ? undefined : await recallFailure(machine.cache, "release");
  if (failure !== undefined) return failure;
  try {
    await placeDirectory(machine.cache, releaseName(machine), (directory) =>
      downloadPulumi(directory, machine, log, signal),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    await rememberFailure(machine.cache, "release", error.message);
    return error.message;
  }
}

/**
 * Puts our language host and the dynamic-provider launcher beside a built CLI. The engine looks beside the real file of its
 * own executable and warns on each run about companions from elsewhere: hence a hard link, where a symbolic one would lead
 * back to the lonely CLI. Keyed by our programs too: an edit of them never rebuilds the CLI.
 */
async function addCompanions(build: string, { machine, ensurePrograms, log, signal }: PulumiOptions): Promise<string> {
  const programs = await ensurePrograms();
  const fill = async (directory: string): Promise<void> => {
    await shareFile(join(build, "pulumi"), join(directory, "pulumi"));
    await writeLauncher(join(directory, "pulumi-language-nodejs"), join(programs, "language-host.mjs"));
    await writeDynamicProviderLauncher(join(directory, "pulumi-resource-pulumi-nodejs"));
  };
  const name = `bin-${digestBuild()}-${basename(programs)}`;
  return ensureDirectory(machine.cache, name, fill, { log, signal });
}
