import { createHash } from "node:crypto";
import { copyFile, link, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { findGo } from "../toolchain/buildGo.ts";
import { ensureDirectory } from "../toolchain/cache.ts";
import type { Machine } from "../toolchain/machine.ts";
import { UserError } from "../../infra/errors.ts";
import { OLDEST_PULUMI, type Plugin, pluginPath, PULUMI_VERSION } from "../toolchain/versions.ts";
import { buildPulumi, digestBuild } from "./buildPulumi.ts";
import { bundlePrograms, digestPrograms } from "./bundlePrograms.ts";
import { writeDynamicProviderLauncher, writeLauncher } from "./writeLauncher.ts";

// The only entrance to this folder: local/toolchain/ensureToolchain.ts alone imports it, when Pulumi's downloads are out of reach.

export interface OfflineOptions {
  machine: Machine;
  /** The reason why Pulumi's downloads are out of reach. */
  reason: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Builds the CLI from Go modules, with our language host and launcher beside it, and returns its path.
 *
 * @throws {UserError} if there is no Go, with what to install
 */
export async function ensureBuiltPulumi({ machine, reason, log, signal }: OfflineOptions): Promise<string> {
  const name = `pulumi-${PULUMI_VERSION}-${machine.platform}-build-${digestBuild()}`;
  const fill = async (directory: string): Promise<void> => {
    const go = findGo(machine);
    if (!machine.platform || go === undefined) {
      throw new UserError(
        "program-missing",
        `No way to a Pulumi CLI: none fits on PATH, Pulumi's own is out of reach (${reason}), and there is no Go to build it. ` +
          `Install Pulumi ${OLDEST_PULUMI} or later (https://www.pulumi.com/docs/install/) or Go (https://go.dev/dl/), and run this again.`,
      );
    }
    log(`Pulumi's own downloads are out of reach (${reason}).`);
    await buildPulumi({ go, directory, machine, log, signal });
  };
  const build = await ensureDirectory(machine.cache, name, fill, { log, signal });
  return join(await addCompanions(build, { machine, reason, log, signal }), "pulumi");
}

/**
 * Makes a PULUMI_HOME with providers of our own. They only imitate the official ones, so they stay out of the user's own home: production
 * would take them for the real ones.
 */
export async function ensureOwnProviders(plugins: Plugin[], options: OfflineOptions): Promise<string> {
  const programs = await ensurePrograms(options);
  const key = createHash("sha256")
    .update(JSON.stringify([plugins, programs]))
    .digest("hex")
    .slice(0, 12);
  const fill = async (home: string): Promise<void> => {
    for (const plugin of plugins) {
      const file = pluginPath(home, plugin);
      await mkdir(join(file, ".."), { recursive: true });
      await writeLauncher(file, join(programs, `${plugin.provider}.mjs`));
    }
    options.log(`Using provider plugins of our own: the official ones are out of reach (${options.reason}).`);
  };
  return ensureDirectory(options.machine.cache, `home-${key}`, fill, options);
}

function ensurePrograms({ machine, log, signal }: OfflineOptions): Promise<string> {
  return ensureDirectory(machine.cache, `programs-${digestPrograms()}`, bundlePrograms, { log, signal });
}

/**
 * Puts our language host and the dynamic-provider launcher beside a built CLI. The engine looks beside the real file of its own executable
 * and warns on each run about companions from elsewhere: hence a hard link, since a symbolic one would lead back to the CLI without
 * companions. The folder's name depends on our programs too: an edit of them never rebuilds the CLI.
 */
async function addCompanions(build: string, options: OfflineOptions): Promise<string> {
  const programs = await ensurePrograms(options);
  const fill = async (directory: string): Promise<void> => {
    const [from, to] = [join(build, "pulumi"), join(directory, "pulumi")];
    await link(from, to).catch(() => copyFile(from, to));
    await writeLauncher(join(directory, "pulumi-language-nodejs"), join(programs, "language-host.mjs"));
    await writeDynamicProviderLauncher(join(directory, "pulumi-resource-pulumi-nodejs"));
  };
  return ensureDirectory(options.machine.cache, `bin-${digestBuild()}-${basename(programs)}`, fill, options);
}
