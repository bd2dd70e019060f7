import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL, URL } from "node:url";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const program = path.join(checkout, "scripts/main.ts");
const cache = path.join(checkout, ".compiled");
const current = path.join(cache, "current.json");

/** A running command may still load the parts of a replaced program. */
const keptMs = 3_600_000;

/** @typedef {typeof import("../main.ts")} Program */

/**
 * Loads scripts/main.ts, compiled with all that it imports into one folder, which serves until one of the files changes: a command starts in
 * a quarter of the second that tsx takes for them one by one. Where nothing can be written, tsx loads them.
 *
 * @returns {Promise<Program>}
 */
export async function loadProgram() {
  const compiled = findCompiled() ?? (await compile());
  if (compiled === undefined) (await import("tsx/esm/api")).register();
  const file = pathToFileURL(compiled ?? program).href;
  return /** @type {Program} */ (await import(file));
}

/** Returns the compiled program, unless a file that it was made of has changed. */
function findCompiled() {
  try {
    const { folder, stamps } = /** @type {{ folder: string, stamps: Record<string, string> }} */ (
      JSON.parse(readFileSync(current, "utf8"))
    );
    const isCurrent = Object.entries(stamps).every(([file, stamp]) => readStamp(path.join(checkout, file)) === stamp);
    return isCurrent ? path.join(cache, folder, "main.js") : undefined;
  } catch {
    return undefined;
  }
}

/** Compiles the program, and returns it; returns nothing where it cannot be written. */
async function compile() {
  const folder = randomBytes(8).toString("hex");
  try {
    mkdirSync(path.join(cache, folder), { recursive: true });
    for (const name of readdirSync(cache)) {
      const old = path.join(cache, name);
      if (old !== current && statSync(old).mtimeMs < Date.now() - keptMs) rmSync(old, { recursive: true, force: true });
    }
  } catch {
    return undefined;
  }
  /** @type {Record<string, string>} */
  const stamps = { "scripts/cli/loadProgram.js": readStamp(fileURLToPath(import.meta.url)) };
  const { build } = await import("esbuild");
  await build({
    entryPoints: [program],
    outdir: path.join(cache, folder),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: "linked",
    sourcesContent: false,
    plugins: [
      {
        name: "places and stamps",
        setup: (chosen) =>
          chosen.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
            stamps[path.relative(checkout, file)] = readStamp(file);
            return { loader: "ts", contents: keepPlace(file, readFileSync(file, "utf8")) };
          }),
      },
    ],
  });
  const made = path.join(cache, folder, "stamps.json");
  writeFileSync(made, JSON.stringify({ folder, stamps }));
  renameSync(made, current);
  return path.join(cache, folder, "main.js");
}

/** Tells one content of a file from the next without reading it. @param {string} file */
function readStamp(file) {
  const { ctimeMs, size } = statSync(file);
  return `${ctimeMs} ${size}`;
}

/** Lets a compiled file find its neighbours. @param {string} file @param {string} text */
function keepPlace(file, text) {
  return text
    .replaceAll("import.meta.url", () => JSON.stringify(pathToFileURL(file).href))
    .replaceAll("import.meta.dirname", () => JSON.stringify(path.dirname(file)));
}
