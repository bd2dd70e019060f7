import { SourcesChanged } from "./databaseError.ts";

/** File → SHA-256 of its bytes, in hex. */
export type Digests = Record<string, string>;

/** A file as it was read: its bytes are those that were digested. */
interface ReadFile {
  file: string;
  sha256: string;
}

/**
 * Refuses files that are not byte for byte those that the run was planned with, so that a folder that changes while a run works gives no two
 * databases different contents. Pure: compare before anything runs.
 *
 * @param folder for messages, such as `migrations/orchestra`
 * @throws SourcesChanged that names each file
 */
export function requirePlanned(folder: string, found: readonly ReadFile[], planned: Digests): void {
  const read = new Map(found.map(({ file, sha256 }) => [file, sha256]));
  const changes = [
    ...Object.keys(planned).flatMap((file) =>
      read.has(file) ? (read.get(file) === planned[file] ? [] : [`${file} was edited`]) : [`${file} is gone`],
    ),
    ...[...read.keys()].filter((file) => !Object.hasOwn(planned, file)).map((file) => `${file} is new`),
  ].sort();
  if (changes.length === 0) return;
  throw new SourcesChanged(
    `Refusing to run ${folder}: expected its files as they were when this run was planned, found that ${changes.join(", ")}. ` +
      "Nothing was changed in this database. Databases that the run had finished before hold the files as planned: " +
      "put those back, or give what changed a file of its own; then run again.",
  );
}
