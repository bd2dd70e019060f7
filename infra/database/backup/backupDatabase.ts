import { access, constants, mkdtemp, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import type pg from "pg";
import { previewLimits } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";
import { UserError } from "../../errors.ts";
import { isAlive } from "../../util/isAlive.ts";
import { readProgram } from "../../util/runProgram.ts";
import { readLedger } from "../migrations/ledger.ts";
import { readOwner } from "../tenant/owner.ts";
import { findPostgresPrograms } from "../programs/findPostgresPrograms.ts";
import { countRows, digestStream, type Manifest, readBackup } from "./readBackup.ts";
import { contentsQuery, describeDatabase, textSettings } from "./readContents.ts";
import { restoreDatabase } from "./restoreDatabase.ts";
import { startProgram, withProgramEnvironment } from "../programs/startProgram.ts";
import { withThrowAwayServer } from "../programs/withThrowAwayServer.ts";

export interface BackupSpec {
  /** Connection of the owning role, through the session pooler or the direct host. */
  connection: Connection;
  /** The stack, and the database in it: "malmo", "pool-3" or "the main database". */
  stack: string;
  key: string;
  /** Folder of the file; made if it is missing. */
  folder: string;
  /** The beginning of the file's name, before the time. */
  name: string;
  /** Whether the file is restored into a throw-away PostgreSQL before it appears. */
  rehearse?: boolean;
  /** Accepts a database without an owner mark, as before a restore over it. */
  mayBeUnmarked?: boolean;
  /** Ends the work early and leaves nothing behind. */
  signal?: AbortSignal | undefined;
}

/** A backup's file and a summary of its contents. */
export interface StoredBackup {
  /** The file's path. */
  file: string;
  /** Time of the snapshot, by the server's clock, in ISO 8601. */
  takenAt: string;
  rows: number;
  bytes: number;
  /** Digest of the file, in the form of `sha256sum`. */
  sha256: string;
}

/** One hour, because one statement reads a whole table. */
const statementMs = 3_600_000;

/** This machine's name as a part of a file's name. */
const machine = hostname().replace(/[^\w.]/g, "_");

/**
 * Copies a database at one moment with pg_dump, without changing it, into `<name>-<time>.tar`, and verifies the file. The dump and the
 * manifest, whose counts and digests SQL computes, come from one snapshot. The file exposes an orchestra's data (the main database's
 * "databaseUrl" even opens the databases): keep it like passwords.
 *
 * The file is a tar of `manifest.json` and `database.dump`, which `pg_restore` opens. The time in its name has milliseconds, so that two
 * backups of one database get two files.
 *
 * @throws {UserError} if this program has never migrated the database, if its owner mark is another one, or for any error
 * of the server or the disk
 */
export async function backupDatabase(spec: BackupSpec): Promise<StoredBackup> {
  const { key, folder, name, signal } = spec;
  await makeFolder(folder);
  const file = path.join(folder, `${name}-${new Date().toISOString().replace(/[:.]/g, "-")}.tar`);
  const write = async (draft: string): Promise<StoredBackup> => {
    const [tar, dump] = [path.join(draft, path.basename(file)), path.join(draft, "database.dump")];
    // The database was made long ago, so its server should answer at once.
    const limits = { ...previewLimits, statementMs };
    const described = await withSnapshot(spec.connection, key, (client) => writeDump(client, spec, dump), limits);
    const text = JSON.stringify({ ...described, dump: await digestStream(dump) }, undefined, 2);
    await writeFile(path.join(draft, "manifest.json"), `${text}\n`);
    await startProgram("tar", ["-cf", tar, "-C", draft, "manifest.json", "database.dump"], { signal }).done;
    await rm(dump);
    const { manifest } = await readBackup(tar);
    if (spec.rehearse) await rehearseRestore(tar, manifest);
    signal?.throwIfAborted();
    const { size: bytes } = await stat(tar);
    return { file, takenAt: manifest.takenAt, rows: countRows(manifest), bytes, sha256: await digestStream(tar) };
  };
  return withDraft(file, write).catch((error: unknown) => {
    if (signal?.aborted) throw new UserError("interrupted", `${key}: interrupted; no file was left behind.`);
    throw error;
  });
}

/** Makes a folder with `mkdir`: Node's own `recursive` never ends below a folder that accepts none, such as /proc. @throws {UserError} */
export async function makeFolder(folder: string): Promise<void> {
  const env = { PATH: process.env["PATH"], LC_ALL: "C" };
  try {
    await readProgram("mkdir", ["-p", "-m", "700", folder], { env });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(
      "file-access",
      `Expected a folder to write to: ${(error as Error).message}. Name another: --to`,
    );
  }
}

async function writeDump(client: pg.Client, spec: BackupSpec, file: string): Promise<Omit<Manifest, "dump">> {
  const { key, stack, connection, signal } = spec;
  const identity = await identify(client, spec);
  const { others, ...described } = await describeDatabase(client, key);
  const folder = await findPostgresPrograms(Number.parseInt(described.server));
  const { rows } = await client.query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
  await client.query(
    `${textSettings}; SET LOCAL statement_timeout = ${statementMs}; SET LOCAL idle_in_transaction_session_timeout = 0`,
  );
  return withProgramEnvironment(connection, async (env) => {
    const args = [
      "--format=custom",
      `--snapshot=${rows[0]!.snapshot}`,
      "--lock-wait-timeout=10000",
      `--file=${file}`,
      ...others.map((name) => `--exclude-schema="${name.replaceAll('"', '""')}"`),
    ];
    await startProgram(path.join(folder, "pg_dump"), args, { env, signal }).done;
    // Sequences ignore snapshots. They are read after the rows, so that no restored sequence gives a number that a row already has.
    const contents = (await client.query<Pick<Manifest, "contents">>(contentsQuery)).rows[0]!;
    return { format: "stagesub-backup/3", stack, key, ...identity, ...described, ...contents };
  });
}

async function identify(client: pg.Client, { key, mayBeUnmarked }: BackupSpec) {
  const ledger = await readLedger(client);
  const owner = ledger && (await readOwner(client));
  if (owner?.key === key || (!owner && mayBeUnmarked))
    return { orchestra: owner?.orchestra ?? null, ledger: ledger ?? {} };
  if (!ledger)
    throw new UserError("backup-refused", `Refusing to back up ${key}: this program has never migrated that database.`);
  throw new UserError(
    "other-owner",
    `Refusing to back up ${key}: the database itself says that it is ${owner?.key ?? "nobody's"}. Check the connection.`,
  );
}

/** Restores a backup into a throw-away PostgreSQL and compares. @throws {UserError} if the restore fails or its result differs */
async function rehearseRestore(file: string, { server, role, key }: Manifest): Promise<void> {
  const programs = await findPostgresPrograms(Number.parseInt(server), "client and server programs");
  const restore = withThrowAwayServer(programs, role, (connection) => restoreDatabase({ connection, path: file }));
  await restore.catch(({ message }: Error) => {
    throw new UserError(
      "restore-failed",
      `The backup of ${key} does not pass a trial in a throw-away PostgreSQL. ${message}`,
    );
  });
}

/**
 * Lends a folder beside `file`. Afterwards moves the file of the same name out of it, so that it appears whole or not at all, on the
 * disk and readable only for its owner. First deletes drafts that killed runs left: they hold people's data and are of no use.
 */
async function withDraft<T>(file: string, work: (draft: string) => Promise<T>): Promise<T> {
  await removeAbandoned(path.dirname(file));
  const draft = await mkdtemp(`${file}.partial-${machine}-${process.pid}-`);
  try {
    const result = await work(draft);
    const handle = await open(path.join(draft, path.basename(file)), "r+");
    try {
      await handle.chmod(0o600);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(path.join(draft, path.basename(file)), file);
    return result;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, from, pid] = /\.tar\.partial-([\w.]+)-(\d+)-\w+$/.exec(name) ?? [];
    if (pid === undefined) continue;
    // Another run may remove its own draft meanwhile. No step of a backup takes a day.
    const found = await stat(path.join(folder, name)).catch(() => undefined);
    const isOld = found !== undefined && Date.now() - found.mtimeMs > 86_400_000;
    if (from === machine ? !isAlive(Number(pid)) : isOld)
      await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
