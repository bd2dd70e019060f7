import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { DatabaseError } from "../databaseError.ts";

/** Where one file's bytes lie in a tar file. */
export interface ArchiveEntry {
  start: number;
  size: number;
}

const block = 512;
/** Eleven octal digits. */
const maximumSize = 8 ** 11 - 1;

/**
 * Writes a plain POSIX tar file, which any `tar` opens. The sizes of its files become known only while they are written,
 * so each header is filled in afterwards; that is why the libraries for tar, which want the size first, do not serve.
 */
export class ArchiveWriter {
  private end = 0;

  constructor(private readonly file: FileHandle) {}

  /** Adds a file with what `source` yields. */
  async add(name: string, source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const start = this.end + block;
    let at = start;
    for await (const chunk of source) {
      await this.file.write(chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    await this.file.write(formatHeader(name, at - start), 0, block, this.end);
    this.end = roundUp(at);
  }

  /** Ends the archive and waits until the disk has it. */
  async finish(): Promise<void> {
    // Two empty blocks are the end; writing the last byte of them also fills the gap before.
    await this.file.write(Buffer.alloc(2 * block), 0, 2 * block, this.end);
    await this.file.sync();
  }
}

/** Finds the files of a tar file, none of which is empty. @throws DatabaseError where it is none, or was cut off */
export async function indexArchive(file: FileHandle, name: string): Promise<Map<string, ArchiveEntry>> {
  const { size: total } = await file.stat();
  const entries = new Map<string, ArchiveEntry>();
  const header = Buffer.alloc(block);
  for (let at = 0; at + block <= total;) {
    await file.read(header, 0, block, at);
    if (header[0] === 0) return entries;
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8);
    const sound = checksum(header) === Number.parseInt(header.toString("latin1", 148, 154), 8);
    if (!sound || size < 1 || at + block + size > total) break;
    entries.set(header.toString("utf8", 0, header.indexOf(0)), { start: at + block, size });
    at = roundUp(at + block + size);
  }
  throw new DatabaseError(`Expected a whole backup file, got one that is damaged or cut off: ${name}. Take another.`);
}

/** The bytes of one file in the tar file at `path`. */
export function readEntry(path: string, { start, size }: ArchiveEntry): Readable {
  return createReadStream(path, { start, end: start + size - 1 });
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function formatHeader(name: string, size: number): Buffer {
  if (size > maximumSize)
    throw new DatabaseError(`${name} would take more than 8 GiB compressed, which tar cannot say.`);
  const header = Buffer.alloc(block);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  header.write(name, 0, 100);
  header.write(octal(0o600, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(Math.floor(Date.now() / 1000), 12), 136);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  header.write(`${octal(checksum(header), 7)} `, 148);
  return header;
}

/** The sum of all bytes, those of the sum itself taken as spaces. */
function checksum(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function roundUp(position: number): number {
  return Math.ceil(position / block) * block;
}
