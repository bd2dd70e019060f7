import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
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
  const { folder, stamps } = readCurrent() ?? {};
  if (folder === undefined || stamps === undefined) return undefined;
  const isCurrent = Object.entries(stamps).every(([file, stamp]) => readStamp(path.join(checkout, file)) === stamp);
  return isCurrent ? path.join(cache, folder, "main.js") : undefined;
}

/** Returns the newest compiled program's folder, and the stamps of the files that it was made of. */
function readCurrent() {
  try {
    return /** @type {{ folder: string, stamps: Record<string, string> }} */ (
      JSON.parse(readFileSync(current, "utf8"))
    );
  } catch {
    return undefined;
  }
}

/** Compiles the program, and returns it; returns nothing where it cannot be written, or not be compiled. */
async function compile() {
  const folder = path.join(cache, randomBytes(8).toString("hex"));
  /** @type {Record<string, string>} */
  const stamps = { "scripts/cli/loadProgram.js": readStamp(fileURLToPath(import.meta.url)) };
  try {
    mkdirSync(folder, { recursive: true });
    removeOld();
    const { build } = await import("esbuild");
    await build({
      entryPoints: [program],
      outdir: folder,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      sourcemap: "linked",
      sourcesContent: false,
      logLevel: "silent",
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
    const made = path.join(folder, "stamps.json");
    writeFileSync(made, JSON.stringify({ folder: path.basename(folder), stamps }));
    renameSync(made, current);
    return path.join(folder, "main.js");
  } catch {
    // tsx says what is wrong with a source.
    return undefined;
  }
}

/** Removes compiled programs that were replaced an hour ago: a running command may still load parts of a younger one. */
function removeOld() {
  const replaced = readCurrent()?.folder;
  for (const name of readdirSync(cache)) {
    const old = path.join(cache, name);
    if (name === replaced) utimesSync(old, new Date(), new Date());
    else if (old !== current && statSync(old).mtimeMs < Date.now() - keptMs)
      rmSync(old, { recursive: true, force: true });
  }
}

/** Tells one content of a file from the next without reading it. A file that is gone has a stamp of its own. @param {string} file */
function readStamp(file) {
  const { ctimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? { ctimeMs: 0, size: 0 };
  return `${ctimeMs} ${size}`;
}

/** Lets a compiled file find its neighbours. @param {string} file @param {string} text */
function keepPlace(file, text) {
  return text
    .replaceAll("import.meta.url", () => JSON.stringify(pathToFileURL(file).href))
    .replaceAll("import.meta.dirname", () => JSON.stringify(path.dirname(file)));
}
