import { hkdfSync } from "node:crypto";

/** The purpose of a secret: no secret serves two purposes. */
export type Purpose = "database owner" | "app login" | "administrator" | "verifier";

/** Identifies one secret of a database. */
export interface PasswordName {
  purpose: Purpose;
  /** The database's key: an orchestra's id or `pool-N`; empty for the stack's own. */
  key: string;
  /** From 1. Another version is another password. */
  version: number;
}

const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const letters = 24;

/**
 * Returns the password that a stack's key gives: 24 letters and digits, 140 bits, that a person can read aloud (no I, l, O, 0, 1) and that
 * need no escaping in a URL, a shell or YAML. The same key and subject always give the same password, so none has to be kept.
 *
 * HKDF-SHA256 (RFC 5869) without salt, as the key is random; `info` is purpose, key and version. 40 bytes of it, as one number in base 57:
 * the remainder's bias is below 2^-170.
 *
 * @param stackKey `stagesub:key`: 32 bytes in base64. Secret.
 */
export function derivePassword(stackKey: string, { purpose, key, version }: PasswordName): string {
  const info = ["stagesub/1", purpose, key, String(version)].join("\0");
  const bytes = hkdfSync("sha256", Buffer.from(stackKey, "base64"), "", info, 40);
  let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (const base = BigInt(alphabet.length); text.length < letters; rest /= base) text += alphabet[Number(rest % base)];
  return text;
}
