import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type pg from "pg";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { explainQueryError } from "../connection/explainQueryError.ts";
import { readLedger } from "../migrations/ledger.ts";
import { readOwner } from "../tenant/owner.ts";
import type { Manifest } from "./manifest.ts";
import { findPostgresPrograms } from "../programs/findPostgresPrograms.ts";
import { digestStream, readBackup } from "./readBackup.ts";
import { contentsQuery, describeDatabase, textSettings } from "./readContents.ts";
import { restoreDatabase } from "./restoreDatabase.ts";
import { startProgram, withProgramEnvironment } from "../programs/startProgram.ts";
import { withThrowAwayServer } from "../programs/withThrowAwayServer.ts";
import { withDraft } from "./withDraft.ts";

export interface BackupSpec {
  /** Connection of the owning role, through the session pooler or the direct host. */
  connection: Connection;
  /** The stack, and the database in it: "malmo", "pool-3" or "the main database". */
  stack: string;
  key: string;
  /** Path of the backup file. */
  path: string;
  /** Whether the file is restored into a throw-away PostgreSQL before it appears. */
  rehearse?: boolean;
  /** Accepts a database without an owner mark, as before a restore over it. */
  mayBeUnmarked?: boolean;
  /** Ends the work early and leaves nothing behind. */
  signal?: AbortSignal | undefined;
}

/** One hour, because one statement reads a whole table. */
const statementMs = 3_600_000;

/**
 * Copies a database at one moment with pg_dump, without changing it, and verifies the file. The dump and the manifest, whose counts
 * and digests SQL computes, come from one snapshot. The file exposes an orchestra's data (the main database's "databaseUrl" even
 * opens the databases): keep it like passwords.
 *
 * The file is a tar of `manifest.json` and `database.dump`, which `pg_restore` opens.
 *
 * @throws {UserError} if this program has never migrated the database, if its owner mark is another one, or for any error
 * of the server or the disk
 */
export async function backupDatabase(spec: BackupSpec): Promise<Manifest> {
  const { key, path: file, signal } = spec;
  try {
    return await withDraft(file, "backup.tar", async (draft) => {
      const [tar, dump, json] = ["backup.tar", "database.dump", "manifest.json"].map((name) => path.join(draft, name));
      const write = (client: pg.Client) => writeDump(client, spec, dump!);
      const described = await withClient(spec.connection, write, { statementMs });
      const manifest = { ...described, dump: await digestStream(dump!) };
      await writeFile(json!, `${JSON.stringify(manifest, undefined, 2)}\n`);
      await startProgram("tar", ["-cf", tar!, "-C", draft, "manifest.json", "database.dump"], { signal }).done;
      await rm(dump!);
      await readBackup(tar!);
      if (spec.rehearse) await rehearseRestore(tar!, manifest);
      signal?.throwIfAborted();
      return manifest;
    });
  } catch (error) {
    if (signal?.aborted) throw new UserError("interrupted", `${key}: interrupted; no file was left behind.`);
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== undefined && code !== undefined && !syscall.startsWith("spawn"))
      throw new UserError("file-access", `${key}: cannot write ${file} (${code}). Give another folder with --to.`);
    throw explainQueryError(error, key);
  }
}

async function writeDump(client: pg.Client, spec: BackupSpec, file: string): Promise<Omit<Manifest, "dump">> {
  const { key, stack, connection, signal } = spec;
  await client.query(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${statementMs};
     SET LOCAL idle_in_transaction_session_timeout = 0`,
  );
  const identity = await identify(client, spec);
  const { major, others, ...described } = await describeDatabase(client, key);
  const folder = await findPostgresPrograms(major);
  const { rows } = await client.query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
  await client.query(textSettings);
  const contents = await withProgramEnvironment(connection, async (env) => {
    const args = [
      "--format=custom",
      `--snapshot=${rows[0]!.snapshot}`,
      "--lock-wait-timeout=10000",
      `--file=${file}`,
      ...others.map((name) => `--exclude-schema="${name.replaceAll('"', '""')}"`),
    ];
    await startProgram(path.join(folder, "pg_dump"), args, { env, signal }).done;
    // Sequences ignore snapshots. They are read after the rows, so that no restored sequence gives a number that a row already has.
    return (await client.query<Pick<Manifest, "contents">>(contentsQuery)).rows[0]!;
  });
  await client.query("COMMIT");
  return { format: "stagesub-backup/2", stack, key, ...identity, ...described, ...contents };
}

async function identify(
  client: pg.Client,
  { key, mayBeUnmarked }: BackupSpec,
): Promise<Pick<Manifest, "orchestra" | "ledger">> {
  const ledger = await readLedger(client);
  if (!ledger && mayBeUnmarked) return { orchestra: null, ledger: {} };
  if (!ledger)
    throw new UserError("backup-refused", `Refusing to back up ${key}: this program has never migrated that database.`);
  const owner = await readOwner(client);
  if (owner?.key === key || (!owner && mayBeUnmarked)) return { orchestra: owner?.orchestra ?? null, ledger };
  throw new UserError(
    "other-owner",
    `Refusing to back up ${key}: the database itself says that it is ${owner?.key ?? "nobody's"}. Check the connection.`,
  );
}

/** Restores a backup into a throw-away PostgreSQL and compares. @throws {UserError} if the restore fails or its result differs */
async function rehearseRestore(file: string, { server, role, key }: Manifest): Promise<void> {
  const programs = await findPostgresPrograms(Number.parseInt(server), "client and server programs");
  await withThrowAwayServer(programs, role, async (connection) => {
    await restoreDatabase({ connection, path: file }).catch((error: Error) => {
      throw new UserError(
        "restore-failed",
        `The backup of ${key} cannot be restored: tried in a throw-away PostgreSQL. ${error.message}`,
      );
    });
  });
}
