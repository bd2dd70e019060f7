import { existsSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { type LockOptions, withLock } from "./cache.ts";
import { ensurePostgresPrograms } from "./ensurePostgresPrograms.ts";
import { isExecutable } from "./findExecutable.ts";
import { findPulumi } from "./findPulumi.ts";
import { findInstalledPulumi, installPulumi } from "./installPulumi.ts";
import { type Machine, readMachine } from "./machine.ts";
import { findUnreachable } from "./reachPulumi.ts";
import { UserError } from "../../infra/errors.ts";
import { type Plugin, pluginPath, PULUMI_VERSION, readPlugins } from "./versions.ts";

/** Machines with internet access never load this folder. */
const openOffline = () => import("../offline/index.ts");

/** A Pulumi CLI and everything it needs to run this project's program. */
export interface Toolchain {
  /** Absolute path of the CLI. */
  pulumi: string;
  /** The CLI's version, e.g. "3.276.0". */
  version: string;
  /** The origin of the CLI: found on PATH, Pulumi's own install, or built from Go modules. */
  source: "path" | "install" | "build";
  /** The language host: Pulumi's, which comes with its CLI, or ours beside a CLI that was built. */
  languageHost: "official" | "own";
  /** The provider plugins: Pulumi's, which the engine fetches if they are missing, or ours. */
  providers: "official" | "own";
  plugins: Plugin[];
  /** The environment that `pulumi` needs: PATH whole; PULUMI_HOME only if it is not the user's own. */
  environment: Record<string, string>;
}

export interface ToolchainOptions {
  /** Receives a line when a step takes long or is not ideal. */
  log: (line: string) => void;
  /** Interrupts the work; the cache stays whole. */
  signal?: AbortSignal | undefined;
  /** Ask for Pulumi's downloads again although they were out of reach within the last day. Default false. */
  refresh?: boolean;
}

/**
 * Finds a Pulumi CLI that can run Node programs: a fitting one on PATH; Pulumi's own install; and, only if its downloads are out of reach,
 * a build from Go modules with providers of our own (local/offline). The first call on a machine may take minutes; later ones take a
 * fraction of a second and run nothing but, at most, `pulumi version`.
 *
 * @param machine the places to look in and to keep things; default: this process's environment
 * @throws {UserError} when no way is open
 */
export async function ensureToolchain(
  { log, signal, refresh = false }: ToolchainOptions,
  machine: Machine = readMachine(process.env),
): Promise<Toolchain> {
  let answer: Promise<string | undefined> | undefined;
  const ask = (): Promise<string | undefined> => (answer ??= findUnreachable({ machine, signal, refresh }));
  const cli = await ensureCli(ask, { log, signal }, machine);
  const plugins = readPlugins();
  const reason = plugins.every((plugin) => hasPlugin(machine.pulumiHome, plugin)) ? undefined : await ask();
  const offline = { machine, log, signal, reason: reason ?? "" };
  const home = reason === undefined ? undefined : await (await openOffline()).ensureOwnProviders(plugins, offline);
  const path = [...machine.path, ...(await addPostgresPrograms(machine, { log, signal }))];
  return {
    ...cli,
    languageHost: cli.source === "build" ? "own" : "official",
    providers: home === undefined ? "official" : "own",
    plugins,
    environment: {
      PATH: (cli.source === "path" ? path : [dirname(cli.pulumi), ...path]).join(delimiter),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The engine would otherwise go looking for a newer official plugin, and fail slowly.
      ...(home !== undefined && { PULUMI_HOME: home, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    },
  };
}

async function ensureCli(
  ask: () => Promise<string | undefined>,
  { log, signal }: ToolchainOptions,
  machine: Machine,
): Promise<Pick<Toolchain, "pulumi" | "version" | "source">> {
  const found = await findPulumi(machine, signal);
  if (found.kind === "fits") return { pulumi: found.pulumi, version: found.version, source: "path" };
  if (found.kind === "unfit") log(`Not using the Pulumi on PATH: ${found.reason}.`);
  const installed = findInstalledPulumi(machine);
  if (installed !== undefined) return { pulumi: installed, version: PULUMI_VERSION, source: "install" };
  const reason = await ask();
  if (reason !== undefined) {
    const pulumi = await (await openOffline()).ensureBuiltPulumi({ machine, reason, log, signal });
    return { pulumi, version: PULUMI_VERSION, source: "build" };
  }
  // Two simultaneous runs install it once.
  const pulumi = await withLock(
    machine.cache,
    { log, signal },
    async () => findInstalledPulumi(machine) ?? (await installPulumi(machine, log)),
  );
  return { pulumi, version: PULUMI_VERSION, source: "install" };
}

/** Returns the folder of PostgreSQL's programs if the machine has none. If there are none at all, a run that needs them reports it. */
async function addPostgresPrograms(machine: Machine, options: LockOptions): Promise<string[]> {
  const search = machine.path.join(delimiter);
  const found = await findPostgresPrograms(17, "client and server programs", search).catch(() => undefined);
  if (found !== undefined) return [];
  try {
    return [await ensurePostgresPrograms(machine, options)];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    options.log(error.message);
    return [];
  }
}

/** Tells whether a PULUMI_HOME holds exactly this version, as the engine looks for it: complete and with its executable. */
function hasPlugin(home: string, plugin: Plugin): boolean {
  const file = pluginPath(home, plugin);
  return isExecutable(file) && !existsSync(`${dirname(file)}.partial`);
}
