import { accessSync, constants, readdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { previewLimits } from "../connection/connectClient.ts";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { runProgram } from "../../util/runProgram.ts";
import { readServerMajor } from "../connection/serverFacts.ts";

/** PostgreSQL's programs for each task. All come from one folder, so that they have one version. */
const needed = {
  "client programs": ["pg_dump", "pg_restore", "psql"],
  "client and server programs": ["pg_dump", "pg_restore", "psql", "initdb", "postgres"],
};

const debian = "/usr/lib/postgresql";

/**
 * Finds PostgreSQL's programs of the server's major version or newer: an older pg_dump refuses a newer server. Searches PATH, to
 * which the toolchain adds its own programs, and Debian's folder of each version.
 *
 * @returns the folder
 * @throws {UserError} with the packages to install
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
      'eval "$(./stagesub toolchain --env)", which brings them), then run this again.',
  );
}

/**
 * Returns, for a preview, the reason why this machine cannot back up the server's databases. Undefined if it can, and if the server
 * does not answer, which the run itself reports.
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

/** Refuses Debian's wrappers in /usr/bin, which choose a version for each program by rules of their own. */
function isProgram(file: string): boolean {
  return tryTo(() => (accessSync(file, constants.X_OK), path.basename(realpathSync(file)) !== "pg_wrapper")) ?? false;
}

/** Returns the major version of pg_dump; 0 if the program does not start. */
async function readMajor(folder: string): Promise<number> {
  const { stdout } = await runProgram(path.join(folder, "pg_dump"), ["--version"], { env: { LC_ALL: "C" } });
  return Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? 0);
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
