import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import path from "node:path";
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { findPostgresPrograms } from "../programs/findPostgresPrograms.ts";
import { startProgram, type RunningProgram } from "../programs/startProgram.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A number of rows and a digest of them that does not depend on their order. */
const rows = z.strictObject({ rows: z.int().nonnegative(), digest: z.string() });

/** The file `manifest.json` in a backup, which describes it. Holds no secret. */
const manifestSchema = z.strictObject({
  format: z.literal("stagesub-backup/3"),
  /** The stack, and the database in it: "malmo", "pool-3" or "the main database". */
  stack: z.string(),
  key: z.string(),
  /** The orchestra that the data belongs to; null for a spare and for the main database. */
  orchestra: z.string().nullable(),
  /** Time of the snapshot, by the server's clock. */
  takenAt: z.iso.datetime(),
  /** PostgreSQL's version, such as "17.10". */
  server: z.string(),
  /** The role that owns everything in the database. */
  role: z.string(),
  /** The search path of that role: functions in constraints and views may rely on it. */
  searchPath: z.string(),
  /** Applied migrations: file → SHA-256 of the file. */
  ledger: z.record(z.string(), sha256),
  /** The roles that hold rights in the database. */
  roles: z.array(z.string()),
  /** The extensions that the tables need. */
  extensions: z.array(z.strictObject({ name: z.string(), schema: z.string() })),
  /** All data that a restore must bring back, computed by SQL in both databases. Names are quoted. */
  contents: z.strictObject({
    tables: z.record(z.string(), rows),
    /** Whether each materialized view is filled. A restore fills it anew. */
    views: z.record(z.string(), z.boolean()),
    sequences: z.record(z.string(), z.strictObject({ value: z.string(), called: z.boolean() })),
    /** Large objects. */
    objects: rows,
  }),
  /** Digest of `database.dump`, which pg_dump wrote. */
  dump: sha256,
});

export type Manifest = z.infer<typeof manifestSchema>;

/** A backup file that was read to its end and is undamaged. */
export interface Backup {
  manifest: Manifest;
  /** The entries of the dump, as `pg_restore --list` writes them. */
  entries: string[];
  /** The folder of programs that can read the backup. */
  programs: string;
}

/**
 * Reads a backup to its end and compares it with its manifest: the dump's digest, and an entry for each table with rows.
 *
 * @throws {UserError} if the file is missing, damaged, or of another format
 */
export async function readBackup(file: string): Promise<Backup> {
  const whole = async <T>({ stdout, done }: RunningProgram, read: (from: Readable) => Promise<T>) => {
    const result = await read(stdout);
    await done.catch((error: Error) => refuse(`is damaged or another (${error.message})`));
    return result;
  };
  const refuse = (reason: string): never => {
    throw new UserError(
      "backup-file",
      `Expected a whole backup of this program, got a file that ${reason}: ${file}. Take another.`,
    );
  };
  const json = await whole(openMember(file, "manifest.json"), text);
  const manifest =
    parseManifest(json) ?? refuse("is damaged, or of a version of this program that does not write stagesub-backup/3");
  const digest = await whole(openMember(file, "database.dump"), digestStream);
  if (digest !== manifest.dump) refuse("is damaged: its dump is not the manifest's");
  const programs = await findPostgresPrograms(Number.parseInt(manifest.server));
  const entries = (await whole(startRestore(programs, file, ["--list"]), text)).split("\n");
  const has = (name: string) => entries.some((entry) => entry.includes(` TABLE DATA ${entryName(name)} `));
  if (!Object.keys(manifest.contents.tables).every(has)) refuse("lacks a table of its manifest");
  return { manifest, entries, programs };
}

function parseManifest(json: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** Starts pg_restore on a backup's dump. */
export function startRestore(programs: string, file: string, args: string[]): RunningProgram {
  const program = startProgram(path.join(programs, "pg_restore"), args);
  openMember(file, "database.dump").stdout.pipe(program.stdin);
  return program;
}

function openMember(file: string, name: string): RunningProgram {
  const program = startProgram("tar", ["-xOf", file, name]);
  program.stdin.end();
  return program;
}

/** Returns pg_restore's form of a quoted name: `public My table` for `public."My table"`. */
export function entryName(quoted: string): string {
  const [, schema, name] = /^("(?:[^"]|"")+"|[^".]+)\.("(?:[^"]|"")+"|[^".]+)$/s.exec(quoted) ?? [];
  const plain = (part = "") => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);
  return `${plain(schema)} ${plain(name)}`.replace(/[\r\n]/g, " ");
}

/** Returns the SHA-256 of a file or stream, in hex. */
export async function digestStream(source: string | Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of typeof source === "string" ? createReadStream(source) : source)
    hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Returns the number of rows in all tables. */
export function countRows({ contents }: Manifest): number {
  return Object.values(contents.tables).reduce((sum, { rows }) => sum + rows, 0);
}
