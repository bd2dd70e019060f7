import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import type { ServerAccount } from "./serverAccount.ts";
import { UserError } from "../../../infra/errors.ts";

/**
 * As root the server runs under another account, which can reach neither a checkout nor a state directory below a folder of mode 0700
 * (/root, `mktemp -d`). So root keeps binaries and data here, where every folder on the way is readable and only root can write. Not
 * /var/tmp: cleaners remove files there that nobody touched for a month.
 */
const rootBase = "/var/lib/stagesub";

/** Linux's file system in memory. A state directory in it, as tests have, has its cluster there too. */
const memory = "/dev/shm";

/** Returns the folder for copies of the server's binaries, one folder a version. */
export async function findBinariesBase(account: ServerAccount): Promise<string> {
  if (account) return makeReadable(rootBase, "postgres");
  const cache = process.env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache");
  const base = path.join(cache, "stagesub", "postgres");
  await mkdir(base, { recursive: true });
  return base;
}

/** Returns the folder of a state directory's cluster: inside it, except as root. The same directory always has the same one. */
export async function findClusterDirectory(stateDir: string, account: ServerAccount): Promise<string> {
  await mkdir(stateDir, { recursive: true });
  // Free of symbolic links: a running server is recognised by this path.
  const real = await realpath(stateDir);
  if (!account) return path.join(real, "postgres");
  const key = createHash("sha256").update(real).digest("hex").slice(0, 16);
  const base = real.startsWith(`${memory}/`) ? path.join(memory, "stagesub") : rootBase;
  return path.join(await makeReadable(base, "clusters"), key);
}

/**
 * Makes a folder of root's that others can enter, whatever this process's umask is.
 *
 * @throws {UserError} where another account has made the folder: everybody may write into the file system in memory
 */
async function makeReadable(base: string, name: string): Promise<string> {
  const directory = path.join(base, name);
  await mkdir(directory, { recursive: true });
  for (const folder of [base, directory]) {
    if ((await lstat(folder)).uid !== 0)
      throw new UserError("local-cloud-failed", `Refusing to keep data in ${folder}, which is not root's. Remove it.`);
    await chmod(folder, 0o755);
  }
  return directory;
}
