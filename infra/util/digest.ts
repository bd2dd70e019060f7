import { createHash } from "node:crypto";

/** File → digest of its bytes. */
export type Digests = Record<string, string>;

/**
 * Returns a SHA-256, given in hex, as the state keeps it: its first 96 bits, 16 letters of base64url. It tells that a file changed; a
 * database's ledger has the whole digest.
 */
export function shortDigest(sha256: string): string {
  return Buffer.from(sha256, "hex").subarray(0, 12).toString("base64url");
}

/** Returns digests shortened, see {@link shortDigest}. */
export function shortDigests(digests: Digests): Digests {
  return Object.fromEntries(Object.entries(digests).map(([file, sha256]) => [file, shortDigest(sha256)]));
}

/** Returns one short digest of all digests, names included. */
export function digestOfAll(digests: Digests): string {
  const lines = Object.keys(digests)
    .sort()
    .map((file) => `${file} ${digests[file]}\n`);
  return digestOf(lines.join(""));
}

/** Returns a short digest of a text. */
export function digestOf(text: string): string {
  return shortDigest(sha256(text));
}

/** Returns the SHA-256 of a text or of bytes, in hex. */
export function sha256(contents: string | Uint8Array): string {
  return createHash("sha256").update(contents).digest("hex");
}
