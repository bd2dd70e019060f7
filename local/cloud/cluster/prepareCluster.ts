import { randomUUID } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { readProgram } from "../../../infra/util/runProgram.ts";
import { findClusterDirectory } from "./places.ts";
import { serverEnvironment, stopPostmaster } from "./postmaster.ts";
import type { ServerAccount } from "./serverAccount.ts";

/** The paths of one cluster. */
export interface ClusterPlace {
  root: string;
  data: string;
  log: string;
}

/**
 * Prepares the directory of a state directory's cluster, with a cluster in it. Removes the leftovers of an earlier cluster with another id
 * (its state directory was deleted by hand): nobody knows its passwords any more.
 */
export async function prepareCluster(options: {
  dir: string;
  id: string;
  superuserPassword: string;
  account: ServerAccount;
  initdb: string;
  log(line: string): void;
}): Promise<ClusterPlace> {
  const place = await prepareDirectory(options.dir, options.id, options.account);
  const isMade = await readFile(path.join(place.data, "PG_VERSION")).catch(() => undefined);
  if (!isMade) {
    options.log(`making a PostgreSQL cluster in ${place.root}`);
    await initialise(options.initdb, place, options.superuserPassword, options.account);
  }
  return place;
}

async function prepareDirectory(dir: string, id: string, account: ServerAccount): Promise<ClusterPlace> {
  const root = await findClusterDirectory(dir, account);
  const place = { root, data: path.join(root, "data"), log: path.join(root, "postgres.log") };
  const identity = path.join(root, "identity");
  const found = await readFile(identity, "utf8").catch(() => undefined);
  if (found !== id) {
    await stopPostmaster(place.data);
    await rm(root, { recursive: true, force: true });
    await mkdir(root, { recursive: true });
    await chmod(root, 0o700);
    if (account) await chown(root, account.uid, account.gid);
    await writeFile(identity, id);
  }
  return place;
}

const unfinishedPrefix = "data.new-";

async function initialise(
  initdb: string,
  place: ClusterPlace,
  password: string,
  account: ServerAccount,
): Promise<void> {
  // Made beside its place and then renamed, so that a half-made cluster is never taken for a whole one. The name is new each time, since
  // the initdb of a killed supervisor may still be writing.
  const unfinished = path.join(place.root, `${unfinishedPrefix}${randomUUID()}`);
  const passwordFile = path.join(place.root, "superuser");
  for (const name of await readdir(place.root)) {
    if (name.startsWith(unfinishedPrefix)) await rm(path.join(place.root, name), { recursive: true, force: true });
  }
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account) await chown(passwordFile, account.uid, account.gid);
    const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    const access = ["--username=supabase_admin", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    const args = [`--pgdata=${unfinished}`, ...locale, ...access, "--no-sync"];
    await readProgram(initdb, args, { account, cwd: "/", env: serverEnvironment });
    await rename(unfinished, place.data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}
