import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ToolchainError } from "../toolchain/toolchainError.ts";
import { checkout } from "../toolchain/versions.ts";

/** Our own programs by the name of their bundle, `<name>.mjs`. */
export const programs = {
  "language-host": "local/offline/languageHost/main.ts",
  supabase: "local/offline/providers/supabase/main.ts",
  cloudflare: "local/offline/providers/cloudflare/main.ts",
};

/** CommonJS packages inside an ES module still ask for these. */
const BANNER = `
import { createRequire as __createRequire } from "node:module";
import { fileURLToPath as __fileURLToPath } from "node:url";
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __fileURLToPath(new URL(".", import.meta.url));
`;

/**
 * Bundles the language host and the providers into single files, so that they run from the cache and keep working when the
 * checkout they came from changes, moves or loses its node_modules.
 */
export async function bundlePrograms(directory: string): Promise<void> {
  const missing = Object.values(programs).filter((source) => !existsSync(join(checkout, source)));
  if (missing.length > 0)
    throw new ToolchainError(`This checkout lacks ${missing.join(" and ")}; restore it with git.`);
  await build({
    entryPoints: programs,
    absWorkingDir: checkout,
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    banner: { js: BANNER },
    logLevel: "silent",
  });
}
