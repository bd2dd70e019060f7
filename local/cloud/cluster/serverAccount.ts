import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { UserError } from "../../../infra/errors.ts";

/** The account that PostgreSQL runs under; `undefined` stands for the account of this process. */
export type ServerAccount = { uid: number; gid: number } | undefined;

const run = promisify(execFile);
const accountName = "postgres";

/**
 * Finds the account for PostgreSQL, which refuses to run as root: as root, the system account `postgres`, made where it is missing;
 * otherwise the account of this process.
 */
export async function findServerAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return undefined;
  return (await readClouds()) ?? (await makeAccount());
}

async function makeAccount(): Promise<ServerAccount> {
  // useradd is on Debian, Fedora, Arch and the like; adduser with these flags is Alpine's.
  const ways: [string, string[]][] = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false", accountName]],
    ["adduser", ["-S", "-D", "-H", "-s", "/bin/false", accountName]],
  ];
  for (const [command, args] of ways) {
    await run(command, args).catch(() => undefined);
    const account = await readClouds();
    if (account) return account;
  }
  throw new UserError(
    "local-cloud-failed",
    `PostgreSQL does not run as root, there is no system account "${accountName}", and neither useradd nor adduser could make one. ` +
      `Make that account, or run this command as a normal user.`,
  );
}

async function readClouds(): Promise<ServerAccount> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", accountName]), run("id", ["-g", accountName])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
