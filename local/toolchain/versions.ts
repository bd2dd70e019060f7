import { readFileSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../../infra/util/checkout.ts";

/**
 * The oldest CLI from PATH that is accepted: 3.227 gave the exit codes their meanings (7: changes where none were expected), which our
 * commands pass on. (Drift shown by dynamic resources already needs 3.216: `read` that returns inputs.)
 */
export const OLDEST_PULUMI = "3.227.0";

/** A provider plugin that the program asks the engine for, by exact version. */
export interface Plugin {
  /** The provider of its API; our own counterpart is in `local/offline/providers/<provider>`. */
  provider: "supabase" | "cloudflare";
  /** The engine's name of the plugin; the Supabase package is `terraform-provider`, parameterized. */
  name: string;
  version: string;
  /** The provider that a parameterized plugin becomes, e.g. `supabase/supabase 1.10.1`. */
  parameter?: { provider: string; version: string };
}

/** The CLI that is installed or built: of the SDK's own version. `local/offline/go/go.mod` pins the same (a test compares them). */
export const PULUMI_VERSION = (
  JSON.parse(readFileSync(join(checkout, "node_modules/@pulumi/pulumi/package.json"), "utf8")) as { version: string }
).version;

/** Returns the path of a plugin's executable in a PULUMI_HOME. */
export function pluginPath(home: string, { name, version }: Plugin): string {
  return join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
}

/** Reads the plugins that the installed SDKs ask for, so that each version is written down once. */
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

interface SdkSection {
  name: string;
  version: string;
  parameterization?: { name: string; version: string };
}

function readSdk(directory: string): SdkSection {
  return (JSON.parse(readFileSync(join(checkout, directory, "package.json"), "utf8")) as { pulumi: SdkSection }).pulumi;
}
