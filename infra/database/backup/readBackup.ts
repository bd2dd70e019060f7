import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import type { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import path from "node:path";
import { UserError } from "../../errors.ts";
import { parseManifest, type Manifest } from "./manifest.ts";
import { findPostgresPrograms } from "../programs/findPostgresPrograms.ts";
import { startProgram, type RunningProgram } from "../programs/startProgram.ts";

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
  await access(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError("backup-file", `Expected a backup file, cannot read ${file} (${error.code}).`);
  });
  const manifest = parseManifest((await whole(openMember(file, "manifest.json"), buffer, file)).toString(), file);
  const damaged = new UserError(
    "backup-file",
    `Expected the dump that the manifest of ${file} promises, got another: the file is damaged. Take another.`,
  );
  if ((await whole(openMember(file, "database.dump"), digestStream, file)) !== manifest.dump) throw damaged;
  const programs = await findPostgresPrograms(Number.parseInt(manifest.server));
  const list = startProgram(path.join(programs, "pg_restore"), ["--list"]);
  openMember(file, "database.dump").stdout.pipe(list.stdin);
  const entries = (await whole(list, text, file)).split("\n");
  const has = (name: string) => entries.some((entry) => entry.includes(` TABLE DATA ${entryName(name)} `));
  if (!Object.keys(manifest.contents.tables).every(has)) throw damaged;
  return { manifest, entries, programs };
}

/** Reads one file of the tar file `file`. */
export function openMember(file: string, name: string): RunningProgram {
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

async function whole<T>({ stdout, done }: RunningProgram, read: (from: Readable) => Promise<T>, file: string) {
  const result = await read(stdout);
  await done.catch((error: Error) => {
    throw new UserError(
      "backup-file",
      `Expected a whole backup of this program, got a file that is damaged or another: ${file} (${error.message}). Take another.`,
    );
  });
  return result;
}
