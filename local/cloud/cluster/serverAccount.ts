import { UserError } from "../../../infra/errors.ts";
import { runProgram } from "../../../infra/util/runProgram.ts";

/** The account that PostgreSQL runs under; `undefined` stands for the account of this process. */
export type ServerAccount = { uid: number; gid: number } | undefined;

const run = (command: string, args: string[]) => runProgram(command, args, { env: process.env });
const accountName = "postgres";

/**
 * Finds the account for PostgreSQL, which refuses to run as root: as root, the system account `postgres`, made where it is missing;
 * otherwise the account of this process.
 */
export async function findServerAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return undefined;
  return (await findAccount()) ?? (await makeAccount());
}

async function makeAccount(): Promise<ServerAccount> {
  // useradd is on Debian, Fedora, Arch and the like; adduser with these flags is Alpine's.
  const ways: [string, string[]][] = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false", accountName]],
    ["adduser", ["-S", "-D", "-H", "-s", "/bin/false", accountName]],
  ];
  for (const [command, args] of ways) {
    await run(command, args);
    const account = await findAccount();
    if (account) return account;
  }
  throw new UserError(
    "local-cloud-failed",
    `PostgreSQL does not run as root, there is no system account "${accountName}", and neither useradd nor adduser could make one. ` +
      `Make that account, or run this command as a normal user.`,
  );
}

async function findAccount(): Promise<ServerAccount> {
  const [uid, gid] = await Promise.all([run("id", ["-u", accountName]), run("id", ["-g", accountName])]);
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}
