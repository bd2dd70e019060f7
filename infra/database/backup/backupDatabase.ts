import { open, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type pg from "pg";
import { withClient, type Connection } from "../connection.ts";
import { DatabaseError } from "../databaseError.ts";
import { explainQueryError } from "../explainQueryError.ts";
import { readLedger } from "../ledger.ts";
import { readOwner } from "../owner.ts";
import { ArchiveWriter } from "./archive.ts";
import type { BackedUpTable, Manifest } from "./manifest.ts";
import { readBackup } from "./readBackup.ts";
import { copyOut, copySettings, listTables, readSequences, type Table } from "./tables.ts";

export interface BackupSpec {
  /** The owning role: row-level security hides nothing from it. Session pooler or direct host. */
  connection: Connection;
  /** The stack, and the database in it: "malmo", "pool-3" or "the main database". */
  stack: string;
  key: string;
  /** Where the file is to be. It appears whole or not at all, for its owner's eyes only. */
  path: string;
  /** Ends the work early; nothing is left behind. */
  signal?: AbortSignal;
}

/** One hour: a table is one statement. */
const statementMs = 3_600_000;

/**
 * Copies a database as it is at one moment, changing nothing in it, then reads the file again and compares. It holds all
 * rows of `public` and `stagesub`; the schema is what the migrations in its manifest make. What is in it opens an
 * orchestra's data (the main database's "databaseUrl" even the databases): keep it as you keep passwords.
 *
 * The file is a tar of `manifest.json` and, for each table, COPY's text under gzip.
 *
 * @throws DatabaseError where this program has never been, where the database says it is another one, or for any error
 * of the server or the disk
 */
export async function backupDatabase(spec: BackupSpec): Promise<Manifest> {
  const { key, path, signal } = spec;
  const partial = `${path}.${process.pid}.partial`;
  try {
    const written = await withClient(spec.connection, (client) => writeBackup(client, spec, partial), { statementMs });
    await readBackup(partial);
    signal?.throwIfAborted();
    await rename(partial, path);
    return written;
  } catch (error) {
    if (signal?.aborted) throw new DatabaseError(`${key}: interrupted; no file was left behind.`);
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== undefined && /^E(NOSPC|ACCES|NOENT|ROFS|DQUOT|EXIST)$/.test(code ?? ""))
      throw new DatabaseError(`${key}: cannot write ${path} (${code}). Give another folder with --to.`);
    throw explainQueryError(error, key);
  } finally {
    await rm(partial, { force: true });
  }
}

async function writeBackup(client: pg.Client, spec: BackupSpec, partial: string): Promise<Manifest> {
  const { key, stack, signal } = spec;
  await client.query(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${statementMs}; ${copySettings}`,
  );
  const described = await describeDatabase(client, key);
  const tables: BackedUpTable[] = [];
  const file = await open(partial, "wx", 0o600);
  try {
    const archive = new ArchiveWriter(file);
    for (const [index, table] of (await listTables(client)).entries()) {
      signal?.throwIfAborted();
      tables.push(await addTable(client, archive, table, index, signal));
    }
    // After the rows, so that no row holds a number which the sequence would give again.
    const sequences = await readSequences(client);
    const manifest: Manifest = { format: "stagesub-backup/1", stack, key, ...described, tables, sequences };
    await archive.add("manifest.json", [Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)]);
    await archive.finish();
    await client.query("COMMIT");
    return manifest;
  } finally {
    await file.close();
  }
}

async function describeDatabase(
  client: pg.Client,
  key: string,
): Promise<Pick<Manifest, "orchestra" | "takenAt" | "server" | "ledger">> {
  const ledger = await readLedger(client);
  if (!ledger) throw new DatabaseError(`Refusing to back up ${key}: this program has never migrated that database.`);
  const owner = await readOwner(client);
  if (owner?.key !== key)
    throw new DatabaseError(
      `Refusing to back up ${key}: the database itself says that it is ${owner?.key ?? "nobody's"}. Check the connection.`,
    );
  const { rows } = await client.query<{ takenAt: Date; server: string }>(
    `SELECT now() AS "takenAt", current_setting('server_version') AS server`,
  );
  const { takenAt, server } = rows[0]!;
  return { orchestra: owner.orchestra, takenAt: takenAt.toISOString(), server, ledger };
}

async function addTable(
  client: pg.Client,
  archive: ArchiveWriter,
  table: Table,
  index: number,
  signal: AbortSignal | undefined,
): Promise<BackedUpTable> {
  const { schema, name, columns } = table;
  const readable = `${schema}.${name}`.replace(/[^\w.-]/g, "_").slice(0, 60);
  const file = `${String(index + 1).padStart(3, "0")}-${readable}.copy.gz`;
  const store = (rows: AsyncIterable<Buffer>) =>
    pipeline(rows, createGzip(), (compressed: AsyncIterable<Buffer>) => archive.add(file, compressed));
  const digest = await copyOut(client, table, store, signal);
  return { schema, name, columns, file, ...digest };
}
