import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { rootCertificates } from "node:tls";
import pg from "pg";
import { tlsOptions } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { withTempFolder } from "../../util/withTempFolder.ts";
import { adviceFor, describeServerError } from "../connection/explainQueryError.ts";

export interface RunningProgram {
  stdin: Writable;
  stdout: Readable;
  /** Settles when the program has ended. @throws {UserError} with its reason */
  done: Promise<void>;
}

/** Starts a program with only PATH of this process's environment, which may hold other secrets. */
export function startProgram(
  program: string,
  args: string[],
  { env, signal }: { env?: NodeJS.ProcessEnv; signal?: AbortSignal | undefined } = {},
): RunningProgram {
  const child = spawn(program, args, {
    env: { PATH: process.env["PATH"], LC_ALL: "C", ...env },
    stdio: "pipe",
    ...(signal && { signal }),
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-20_000)));
  // The program ended before it had read everything: `done` rejects with the reason.
  child.stdin.on("error", () => undefined);
  const done = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(explainFailure(path.basename(program), errors))));
  });
  done.catch(() => undefined);
  return { stdin: child.stdin, stdout: child.stdout, done };
}

/**
 * Runs `work` with libpq's environment variables for a database, with the same trust as this program's connections. Only the
 * same user can read the environment with the password, and it is gone with the process; a file would outlive a kill.
 */
export async function withProgramEnvironment<T>(
  { host, port, user, password, database, ca }: Connection,
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGCONNECT_TIMEOUT: "15",
    PGCLIENTENCODING: "UTF8",
    PGGSSENCMODE: "disable",
    PGAPPNAME: `stagesub ${process.pid}`,
  };
  if (tlsOptions(host, ca) === false) return work({ ...env, PGSSLMODE: "disable" });
  return withTempFolder("stagesub-trust", async (folder) => {
    const roots = path.join(folder, "roots.pem");
    await writeFile(roots, [...rootCertificates, ...(ca === undefined ? [] : [ca])].join("\n"));
    return work({ ...env, PGSSLMODE: "verify-full", PGSSLROOTCERT: roots });
  });
}

/** Returns the first error that a program reports. The lines after it may quote rows. */
function explainFailure(program: string, errors: string): UserError {
  // psql's form of an error with VERBOSITY verbose, the only form with the code.
  const [, code, text] = /^(?:psql:\S+ )?(?:ERROR|FATAL): {2}([0-9A-Z]{5}): (.*)$/m.exec(errors) ?? [];
  if (code === undefined || text === undefined) {
    const line = /^\w+: error: (.*)$/m.exec(errors)?.[1] ?? errors.trim().split("\n")[0];
    // The server's last message on a connection quotes no rows.
    const cause = /^\w+: detail: Error message from server: ((?:FATAL|server closed).*)$/m.exec(errors)?.[1];
    return new UserError("program-failed", `${program}: ${line || "ended by a signal"}${cause ? ` (${cause})` : ""}`);
  }
  const error = Object.assign(new pg.DatabaseError(text, 0, "error"), { code });
  if (code.startsWith("SB")) return new UserError("server-refused", text, { sqlState: code });
  return new UserError(
    "server-refused",
    `PostgreSQL refused: ${describeServerError(error)} ${adviceFor(error) ?? ""}`.trim(),
    { sqlState: code },
  );
}
