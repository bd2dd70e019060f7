import { delimiter, dirname } from "node:path";
import { findPostgresPrograms } from "../../infra/database/backup/postgresPrograms.ts";
import { ensureDirectory, type LockOptions } from "./cache.ts";
import { ensurePlugins, type InstalledPlugins } from "./ensurePlugins.ts";
import { ensurePostgresPrograms } from "./ensurePostgresPrograms.ts";
import { ensurePulumi, type InstalledPulumi } from "./ensurePulumi.ts";
import { type Machine, readMachine } from "./machine.ts";
import { ToolchainError } from "./toolchainError.ts";
import { digestPrograms, type Plugin, readPlugins } from "./versions.ts";

/** A Pulumi CLI and everything it needs to run this project's program. */
export interface Toolchain {
  /** Absolute path of the CLI. */
  pulumi: string;
  /** The CLI's version, e.g. "3.250.0". */
  version: string;
  /** Which way was taken: found on PATH, Pulumi's official release, or built from Go modules. */
  source: InstalledPulumi["source"];
  /** Who runs Node programs: Pulumi's host, which comes with its CLI, or ours beside a CLI that was built. */
  languageHost: "official" | "own";
  /** Who serves each provider: Pulumi's plugin, or ours in `local/offline/providers`. */
  providers: InstalledPlugins["providers"];
  plugins: Plugin[];
  /** What to set for `pulumi` to work: PATH whole; PULUMI_HOME only if it is not the user's own. */
  environment: Record<string, string>;
}

export interface ToolchainOptions {
  /** Receives a line when something takes long or is not as it could be. */
  log: (line: string) => void;
  /** Interrupts the work; the cache stays whole. */
  signal?: AbortSignal;
  /** Try downloads again that failed within the last day. Default false. */
  refresh?: boolean;
}

/**
 * Finds, downloads or builds the toolchain. The first call on a machine may take minutes; when everything is in the cache it
 * takes a fraction of a second and runs nothing but, at most, `pulumi version`.
 *
 * @param machine where to look and keep things; default: this process's environment
 * @throws ToolchainError when no way is open or a download is not what Pulumi published
 */
export async function ensureToolchain(
  { log, signal, refresh = false }: ToolchainOptions,
  machine: Machine = readMachine(process.env),
): Promise<Toolchain> {
  const ensurePrograms = (): Promise<string> =>
    ensureDirectory(machine.cache, `programs-${digestPrograms()}`, bundle, { log, signal });
  const plugins = readPlugins();
  const installed = await ensurePulumi({ machine, ensurePrograms, log, signal, refresh });
  const { pulumi, version, source } = installed;
  const installedPlugins = await ensurePlugins(plugins, { machine, pulumi, ensurePrograms, log, signal, refresh });
  const postgres = await addPostgresPrograms(machine, { log, signal });
  return {
    pulumi,
    version,
    source,
    languageHost: source === "build" ? "own" : "official",
    providers: installedPlugins.providers,
    plugins,
    environment: describe(installed, installedPlugins, { ...machine, path: [...machine.path, ...postgres] }),
  };
}

/** The folder of PostgreSQL's programs, where the machine has none. A run that needs them says so by itself if there are none. */
async function addPostgresPrograms(machine: Machine, options: LockOptions): Promise<string[]> {
  const search = machine.path.join(delimiter);
  const found = await findPostgresPrograms(17, "client and server programs", search).catch(() => undefined);
  if (found !== undefined) return [];
  try {
    return [await ensurePostgresPrograms(machine, options)];
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    options.log(error.message);
    return [];
  }
}

/** esbuild is loaded only when there is something to bundle: it alone costs a tenth of a second. */
async function bundle(directory: string): Promise<void> {
  const { bundlePrograms } = await import("../offline/bundlePrograms.ts");
  await bundlePrograms(directory);
}

function describe(
  { pulumi, source }: InstalledPulumi,
  plugins: InstalledPlugins,
  machine: Machine,
): Record<string, string> {
  const hasOwn = Object.values(plugins.providers).includes("own");
  return {
    PATH: (source === "path" ? machine.path : [dirname(pulumi), ...machine.path]).join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(plugins.home !== undefined && { PULUMI_HOME: plugins.home }),
    // The engine would otherwise go looking for a newer official plugin, and fail slowly.
    ...(hasOwn && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
  };
}
