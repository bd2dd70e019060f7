import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../infra/errors.ts";
import { checkout } from "../../infra/util/checkout.ts";

/** Our own programs by the name of their bundle, `<name>.mjs`. */
export const programs = {
  "language-host": "local/offline/languageHost/main.ts",
  supabase: "local/offline/providers/supabase/main.ts",
  cloudflare: "local/offline/providers/cloudflare/main.ts",
};

/** Kept apart from ".url": the compiled program would otherwise hold its own address here (infra/util/loadProgram.js). */
const meta = "import.meta";

/** CommonJS packages inside an ES module still ask for these. */
const BANNER = `
import { createRequire as __createRequire } from "node:module";
import { fileURLToPath as __fileURLToPath } from "node:url";
const require = __createRequire(${meta}.url);
const __filename = __fileURLToPath(${meta}.url);
const __dirname = __fileURLToPath(new URL(".", ${meta}.url));
`;

/**
 * Bundles the language host and the providers into single files, so that they run from the cache and keep working when their checkout
 * changes, moves or loses its node_modules.
 */
export async function bundlePrograms(directory: string): Promise<void> {
  const missing = Object.values(programs).filter((source) => !existsSync(join(checkout, source)));
  if (missing.length > 0)
    throw new UserError("file-access", `This checkout lacks ${missing.join(" and ")}; restore it with git.`);
  // esbuild is loaded only when there is something to bundle: it alone costs a tenth of a second.
  const { build } = await import("esbuild");
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

/**
 * Returns a digest of every source of our own programs' bundles (language host, providers), so that a bundle in the cache is never stale:
 * their files, the code that bundles and starts them, and the exact versions of the packages in them.
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
