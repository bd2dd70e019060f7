import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The CLI that is downloaded or built; `go/go.mod` pins the same (a test compares them). */
export const PULUMI_VERSION = "3.276.0";

/**
 * The oldest CLI from PATH that is taken: 3.227 gave the exit codes their meanings (7: changes where none were expected),
 * which our commands pass on. (Drift shown by dynamic resources already needs 3.216: `read` that returns inputs.)
 */
export const OLDEST_PULUMI = "3.227.0";

/** A provider plugin that the program asks the engine for, by exact version. */
export interface Plugin {
  /** Whose API it drives; our own counterpart lives in `local/offline/providers/<provider>`. */
  provider: "supabase" | "cloudflare";
  /** The engine's name of the plugin; the Supabase package is `terraform-provider`, parameterized. */
  name: string;
  version: string;
  /** What a parameterized plugin is asked to become, e.g. `supabase/supabase 1.10.1`. */
  parameter?: { provider: string; version: string };
}

/** The checkout that this file belongs to. */
export const checkout = fileURLToPath(new URL("../../", import.meta.url));

/** Reads which plugins the installed SDKs ask for, so that each version is written down once. */
export function readPlugins(): Plugin[] {
  const supabase = readSdk("sdks/supabase");
  const cloudflare = readSdk("node_modules/@pulumi/cloudflare");
  const { name, version } = supabase.parameterization ?? { name: "supabase", version: supabase.version };
  return [
    {
      provider: "supabase",
      name: supabase.name,
      version: supabase.version,
      parameter: { provider: `${name}/${name}`, version },
    },
    { provider: "cloudflare", name: cloudflare.name, version: cloudflare.version },
  ];
}

/**
 * Digest of everything our own programs (language host, providers) are bundled from, so that a bundle in the cache is never
 * stale: their sources, how they are bundled and started, and the exact versions of the packages in them.
 */
export function digestPrograms(): string {
  const hash = createHash("sha256");
  for (const room of ["local/offline/providers", "local/offline/languageHost"]) {
    for (const file of readdirSync(join(checkout, room), { recursive: true, encoding: "utf8" }).sort()) {
      if (/\.(ts|json)$/.test(file)) hash.update(`${room}/${file}\0`).update(readFileSync(join(checkout, room, file)));
    }
  }
  for (const file of ["local/offline/bundlePrograms.ts", "local/offline/writeLauncher.ts", "package-lock.json"]) {
    hash.update(`${file}\0`).update(readFileSync(join(checkout, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

interface SdkSection {
  name: string;
  version: string;
  parameterization?: { name: string; version: string };
}

function readSdk(directory: string): SdkSection {
  return (JSON.parse(readFileSync(join(checkout, directory, "package.json"), "utf8")) as { pulumi: SdkSection }).pulumi;
}
