import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, cp } from "node:fs/promises";
import path from "node:path";
import type { Connection } from "../connection/connection.ts";
import { connectClient, closeClient } from "../connection/connectClient.ts";
import { UserError } from "../../errors.ts";
import { poll } from "../../util/poll.ts";
import { withTempFolder } from "../../util/withTempFolder.ts";
import { type ProgramOptions, readProgram, runProgram } from "../../util/runProgram.ts";

/** Ends the server and removes its data at the end of standard input, so that neither outlives this process, even if it is killed. */
const guard = `"$@" & server=$!; read _; kill -QUIT "$server"; wait "$server"; rm -rf "$0" 2>/dev/null`;

/**
 * Lends an empty PostgreSQL server and removes it afterwards. Only this account reaches the server, which listens on a socket in a
 * folder of its own.
 *
 * @param programs the folder of initdb and postgres
 * @param role the superuser's name
 */
export async function withThrowAwayServer<T>(
  programs: string,
  role: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withTempFolder("stagesub-pg", async (folder) => {
    const account = await findAccount();
    if (account) await chown(folder, account.uid, account.gid);
    const options = { account, cwd: "/", env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" } };
    const bin = await makeReachable(programs, folder, options);
    const data = path.join(folder, "data");
    const form = ["--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync"];
    await readProgram(path.join(bin, "initdb"), [`--pgdata=${data}`, `--username=${role}`, ...form], options);
    const speed = ["fsync=off", "jit=off", "wal_level=minimal", "max_wal_senders=0"];
    const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, ...speed];
    const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
    const server = spawn("/bin/sh", ["-c", guard, data, path.join(bin, "postgres"), ...args], {
      ...account,
      cwd: options.cwd,
      env: options.env,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let log = "";
    server.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-2_000)));
    const ended = new Promise<void>((resolve) => server.once("error", () => resolve()).once("close", () => resolve()));
    try {
      const connection = { host: folder, port: 5432, user: role, password: "", database: "postgres" };
      await waitUntilReady(connection, () => log);
      return await work(connection);
    } finally {
      server.stdin.end();
      await ended;
    }
  });
}

/** Returns the account "nobody" for root, as whom PostgreSQL refuses to run; undefined for any other user. */
async function findAccount(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number(await readProgram("id", [flag, "nobody"], { env: process.env }));
  return { uid: await id("-u"), gid: await id("-g") };
}

/**
 * Copies an installation that the server's account cannot reach, as in root's own folders: its programs, libraries and shared files, and
 * nothing else that stands beside them.
 *
 * @returns the programs' folder
 * @throws {UserError} if the programs are not part of an installation of their own
 */
async function makeReachable(programs: string, folder: string, options: ProgramOptions): Promise<string> {
  const { code } = await runProgram(path.join(programs, "postgres"), ["--version"], options);
  // Another user sees the program's own reason when it is started.
  if (code === 0 || !options.account) return programs;
  const [from, to] = [path.dirname(programs), path.join(folder, "programs")];
  const shared = ["share", "share/postgresql"].find((name) => existsSync(path.join(from, name, "postgres.bki")));
  if (shared === undefined)
    throw new UserError(
      "program-missing",
      `Expected PostgreSQL's programs where the account "nobody" can run them, because PostgreSQL refuses to run as root; got ${programs}, ` +
        "which only root can reach. Install them for everybody (Debian and Ubuntu: postgresql-17), or run this as another user.",
    );
  for (const part of [path.basename(programs), "lib", shared])
    await cp(path.join(from, part), path.join(to, part), { recursive: true });
  return path.join(to, path.basename(programs));
}

async function waitUntilReady(connection: Connection, log: () => string): Promise<void> {
  const connect = () => connectClient(connection, { connectMs: 1_000, attemptMs: 5_000 }).catch(() => undefined);
  const client = await poll(connect, { forMs: 30_000, everyMs: 25 });
  if (client) return closeClient(client);
  throw new UserError(
    "program-failed",
    `The throw-away PostgreSQL did not come up. The end of its log: ${log().trim()}`,
  );
}
