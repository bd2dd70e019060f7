import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { previewLimits } from "../connection/connectClient.ts";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { readServerMajor } from "../connection/serverFacts.ts";

/** PostgreSQL's own programs that one task needs, from one folder, so that they are of one version. */
const needed = {
  "client programs": ["pg_dump", "pg_restore", "psql"],
  "client and server programs": ["pg_dump", "pg_restore", "psql", "initdb", "postgres"],
};

const debian = "/usr/lib/postgresql";

/**
 * Finds PostgreSQL's programs of the server's major version or newer: an older pg_dump refuses a newer server. Looks along PATH, to
 * which the toolchain adds its own, and where Debian keeps each version.
 *
 * @returns the folder
 * @throws {UserError} with what to install
 */
export async function findPostgresPrograms(
  serverMajor: number,
  kind: keyof typeof needed = "client programs",
  search = process.env["PATH"] ?? "",
): Promise<string> {
  const found: string[] = [];
  for (const folder of listFolders(search)) {
    if (!needed[kind].every((program) => isProgram(path.join(folder, program)))) continue;
    const major = await readMajor(folder);
    if (major >= serverMajor) return folder;
    found.push(`${major} in ${folder}`);
  }
  const suffix = kind === "client programs" ? `client-${serverMajor}` : `${serverMajor}`;
  throw new UserError(
    "program-missing",
    `Expected PostgreSQL's ${kind} (${needed[kind].join(", ")}) of version ${serverMajor} or newer on PATH or in ${debian}, got ` +
      `${found.length > 0 ? found.join(", ") : "none"}. Install them (Debian and Ubuntu: postgresql-${suffix} from apt.postgresql.org, or run ` +
      'eval "$(npm run -s toolchain -- --env)", which brings them), then run this again.',
  );
}

/**
 * Why no backup of that server's databases can be made here, for a preview. Undefined where it can, and where the server does not
 * answer: the run itself says that.
 */
export async function findMissingPrograms(
  connection: Connection,
  kind: keyof typeof needed,
): Promise<string | undefined> {
  const major = await withClient(connection, readServerMajor, previewLimits).catch(() => undefined);
  if (major === undefined) return undefined;
  return findPostgresPrograms(major, kind).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

function listFolders(search: string): string[] {
  const versions = tryTo(() => readdirSync(debian)) ?? [];
  const newestFirst = versions.sort((one, other) => Number(other) - Number(one));
  return [
    ...search.split(path.delimiter).filter((folder) => path.isAbsolute(folder)),
    ...newestFirst.map((version) => path.join(debian, version, "bin")),
  ];
}

/** Debian's wrappers in /usr/bin choose a version for each program by rules of their own, so they do not count. */
function isProgram(file: string): boolean {
  return tryTo(() => (accessSync(file, constants.X_OK), path.basename(realpathSync(file)) !== "pg_wrapper")) ?? false;
}

/** Zero where the program does not start. */
async function readMajor(folder: string): Promise<number> {
  const run = promisify(execFile)(path.join(folder, "pg_dump"), ["--version"], { env: { LC_ALL: "C" } });
  return run.then(
    ({ stdout }) => Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? 0),
    () => 0,
  );
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
