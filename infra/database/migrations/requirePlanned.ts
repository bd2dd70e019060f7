import { digestOfAll, type Digests, shortDigest } from "../../util/digest.ts";
import { UserError } from "../../errors.ts";

/** A file as it was read, with the digest of the bytes that were read. */
interface ReadFile {
  file: string;
  sha256: string;
}

/**
 * Refuses files that differ by a byte from those that the run was planned with, so that two databases never differ because
 * a folder changed during the run. Pure: call it before anything runs.
 *
 * @param planned short digests from the state
 * @param folder for messages, such as `migrations/orchestra`
 * @throws {UserError} sources-changed, which names each file
 */
export function requirePlanned(folder: string, found: readonly ReadFile[], planned: Digests): void {
  const read = new Map(found.map(({ file, sha256 }) => [file, shortDigest(sha256)]));
  const changes = [
    ...Object.keys(planned).flatMap((file) =>
      read.has(file) ? (read.get(file) === planned[file] ? [] : [`${file} was edited`]) : [`${file} is gone`],
    ),
    ...[...read.keys()].filter((file) => !Object.hasOwn(planned, file)).map((file) => `${file} is new`),
  ].sort();
  if (changes.length > 0) throw refuse(folder, changes.join(", "));
}

/** Refuses seeds that differ from those that the run was planned with. @throws {UserError} sources-changed */
export function requirePlannedSeeds(found: readonly ReadFile[], planned: string): void {
  const read = Object.fromEntries(found.map(({ file, sha256 }) => [file, sha256]));
  if (digestOfAll(read) !== planned) throw refuse("seeds/orchestra", "some of them were edited, added or taken away");
}

function refuse(folder: string, changes: string): UserError {
  return new UserError(
    "sources-changed",
    `Refusing to run ${folder}: expected its files as they were when this run was planned, found that ${changes}. ` +
      "Nothing was changed in this database. Databases that the run had finished before hold the files as planned: " +
      "put those back, or give what changed a file of its own; then run again.",
  );
}
