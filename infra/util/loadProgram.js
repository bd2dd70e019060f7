import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import module from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL, URL } from "node:url";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const cache = path.join(checkout, ".compiled");
const current = path.join(cache, "current.json");

/** The packages that are compiled into the programs: one by one, their files take twice as long to load. */
const compiledIn = ["node-pg-migrate", "pg", "yaml", "zod"];

/** Changes with each package that npm installs. */
const installed = "node_modules/.package-lock.json";

/** A running command may still load the parts of a replaced program. */
const keptMs = 3_600_000;

/**
 * The files that start a program: `./stagesub`, Pulumi's program, its provider process, its policy pack, the local cloud, the
 * benchmark's. A copy of a part of the checkout lacks some.
 */
const programs = [
  "scripts/main.ts",
  "infra/index.ts",
  "infra/resources/start.ts",
  "policy/pack.ts",
  "local/cloud/main.ts",
  "scripts/bench/ensureOne.ts",
];

/**
 * Loads the file that starts a program, compiled with all that it imports. All programs are compiled together into one folder, which serves
 * until one of their files changes: each starts in a quarter of the time that tsx takes for the files one by one. Where nothing can be
 * written, tsx loads them.
 *
 * @param {string} program one of `programs`
 * @returns {Promise<unknown>} the module
 */
export async function loadProgram(program) {
  // Node 20 has none, and its types neither.
  /** @type {{ enableCompileCache?: () => void }} */ (module).enableCompileCache?.();
  const compiled = findCompiled() ?? (await compile());
  if (compiled === undefined) (await import("tsx/esm/api")).register();
  const file = compiled ? path.join(compiled, program.replace(/\.ts$/, ".js")) : path.join(checkout, program);
  return import(pathToFileURL(file).href);
}

/** Returns the folder of the compiled programs, unless a file that they were made of has changed. */
function findCompiled() {
  const { place, folder, stamps } = readCurrent() ?? {};
  if (place !== checkout || folder === undefined || stamps === undefined) return undefined;
  const isCurrent = Object.entries(stamps).every(([file, stamp]) => readStamp(path.join(checkout, file)) === stamp);
  return isCurrent ? path.join(cache, folder) : undefined;
}

/** Returns the newest folder's name, the checkout's place, which compiled files hold, and the stamps of the files that it was made of. */
function readCurrent() {
  try {
    return /** @type {{ place: string, folder: string, stamps: Record<string, string> }} */ (
      JSON.parse(readFileSync(current, "utf8"))
    );
  } catch {
    return undefined;
  }
}

/** Compiles the programs, and returns their folder; returns nothing where it cannot be written, or they cannot be compiled. */
async function compile() {
  const folder = path.join(cache, randomBytes(8).toString("hex"));
  /** @type {Record<string, string>} */
  const stamps = {
    "infra/util/loadProgram.js": readStamp(fileURLToPath(import.meta.url)),
    [installed]: readStamp(path.join(checkout, installed)),
  };
  try {
    mkdirSync(folder, { recursive: true });
    removeOld();
    const { build } = await import("esbuild");
    await build({
      entryPoints: programs.map((program) => path.join(checkout, program)).filter((file) => existsSync(file)),
      outbase: checkout,
      outdir: folder,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      // Packages of CommonJS ask for Node's own parts by it.
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
      },
      sourcemap: "linked",
      sourcesContent: false,
      logLevel: "silent",
      plugins: [
        {
          name: "places and stamps",
          setup(chosen) {
            chosen.onResolve({ filter: /^[^./]/ }, ({ path: name, importer }) =>
              importer.includes("/node_modules/") || compiledIn.includes(name)
                ? undefined
                : { path: name, external: true },
            );
            chosen.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
              stamps[path.relative(checkout, file)] = readStamp(file);
              return { loader: "ts", contents: keepPlace(file, readFileSync(file, "utf8")) };
            });
          },
        },
      ],
    });
    const made = path.join(folder, "stamps.json");
    writeFileSync(made, JSON.stringify({ place: checkout, folder: path.basename(folder), stamps }));
    renameSync(made, current);
    return folder;
  } catch {
    // tsx says what is wrong with a source.
    return undefined;
  }
}

/** Removes folders that were replaced an hour ago: a running program may still load parts of a younger one. */
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
