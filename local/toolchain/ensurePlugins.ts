import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { ensureDirectory, placeDirectory, withLock } from "./cache.ts";
import { downloadPlugin } from "../offline/downloadPlugin.ts";
import { fetchChecksums } from "./downloadPulumi.ts";
import { recallFailure, rememberFailure } from "./failures.ts";
import { isExecutable } from "./findExecutable.ts";
import type { Machine } from "./machine.ts";
import { shareTree } from "./shareTree.ts";
import { UnreachableError } from "./toolchainError.ts";
import type { Plugin } from "./versions.ts";
import { writeLauncher } from "../offline/writeLauncher.ts";

export interface PluginOptions {
  machine: Machine;
  /** The CLI that will run them. */
  pulumi: string;
  /** Bundles our own programs, when they are needed; returns the directory they are in. */
  ensurePrograms: () => Promise<string>;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** Try official downloads again although they failed within the last day. */
  refresh: boolean;
}

export interface InstalledPlugins {
  /** A PULUMI_HOME of ours that holds every plugin; undefined: the user's own does. */
  home: string | undefined;
  providers: Record<Plugin["provider"], "official" | "own">;
}

/**
 * Finds a PULUMI_HOME with the provider plugins: the user's own where both official ones are there, else one of ours, with
 * the official ones if they can be downloaded. Our own providers only imitate them, so they never go into the user's home:
 * there they would be taken for the real ones in production.
 */
export async function ensurePlugins(plugins: Plugin[], options: PluginOptions): Promise<InstalledPlugins> {
  const { machine } = options;
  if (plugins.every((plugin) => hasPlugin(machine.pulumiHome, plugin))) {
    return { home: undefined, providers: { supabase: "official", cloudflare: "official" } };
  }
  await downloadMissing(plugins, options);
  const own = plugins.filter((plugin) => !existsSync(officialHome(machine, plugin)));
  const source = (provider: Plugin["provider"]): "official" | "own" =>
    own.some((plugin) => plugin.provider === provider) ? "own" : "official";
  return {
    home: await ensureHome(plugins, own, options),
    providers: { supabase: source("supabase"), cloudflare: source("cloudflare") },
  };
}

/** Whether a PULUMI_HOME holds exactly this version, as the engine looks for it: complete and with its executable. */
function hasPlugin(home: string, plugin: Plugin): boolean {
  const folder = join(home, pluginFolder(plugin));
  return isExecutable(join(folder, pluginFile(plugin))) && !existsSync(`${folder}.partial`);
}

function pluginFolder({ name, version }: Plugin): string {
  return join("plugins", `resource-${name}-v${version}`);
}

function pluginFile({ name }: Plugin): string {
  return `pulumi-resource-${name}`;
}

/** A PULUMI_HOME with nothing but one official plugin and what it loaded; it is there only when it is complete. */
function officialHome({ cache }: Machine, { name, version }: Plugin): string {
  return join(cache, `official-${name}-v${version}`);
}

async function downloadMissing(plugins: Plugin[], options: PluginOptions): Promise<void> {
  const { machine, log, signal, refresh } = options;
  const isMissing = (plugin: Plugin): boolean => !existsSync(officialHome(machine, plugin));
  if (!plugins.some(isMissing)) return;
  if (!refresh && (await recallFailure(machine.cache, "plugins")) !== undefined) return;
  await withLock(machine.cache, { log, signal }, async () => {
    const failures: string[] = [];
    const attempt = async (work: () => Promise<unknown>): Promise<void> => {
      await work().catch((error: unknown) => {
        if (!(error instanceof UnreachableError)) throw error;
        failures.push(error.message);
      });
    };
    // The CLI itself tries for 10 s and more where nothing answers.
    await attempt(() => fetchChecksums(machine, signal));
    if (failures.length === 0) {
      for (const plugin of plugins.filter(isMissing)) {
        const name = basename(officialHome(machine, plugin));
        await attempt(() =>
          placeDirectory(machine.cache, name, (directory) => downloadPlugin(plugin, directory, options)),
        );
      }
    }
    if (failures.length === 0) return;
    log(`Using provider plugins of our own: the official ones are out of reach (${failures.join("; ")}).`);
    await rememberFailure(machine.cache, "plugins", failures.join("; "));
  });
}

/** A home of ours; where own providers are in it, keyed by them too, since another checkout may have other ones. */
async function ensureHome(
  plugins: Plugin[],
  own: Plugin[],
  { machine, ensurePrograms, log, signal }: PluginOptions,
): Promise<string> {
  const programs = own.length > 0 ? await ensurePrograms() : undefined;
  const key = createHash("sha256")
    .update(JSON.stringify([plugins, own, programs]))
    .digest("hex")
    .slice(0, 12);
  const fill = async (home: string): Promise<void> => {
    for (const plugin of plugins) {
      if (programs !== undefined && own.includes(plugin)) {
        const folder = join(home, pluginFolder(plugin));
        await mkdir(folder, { recursive: true });
        await writeLauncher(join(folder, pluginFile(plugin)), join(programs, `${plugin.provider}.mjs`));
      } else {
        await shareTree(officialHome(machine, plugin), home);
      }
    }
  };
  return ensureDirectory(machine.cache, `home-${key}`, fill, { log, signal });
}
