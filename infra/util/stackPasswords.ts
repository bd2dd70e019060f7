import { hkdfSync } from "node:crypto";

/** The keys that every password of a stack derives from. Secret. */
export interface Keys {
  /** Number of the current key, from 1. */
  version: number;
  /** 32 bytes in base64. */
  current: string;
  /** The key before it, while databases may still have its passwords. */
  previous?: string;
}

/** The passwords that the program chooses for one database. Secret. */
export interface DatabasePasswords {
  /** The owning role's; an adopted database keeps its own. */
  owner: string;
  /** The app's login's. */
  app: string;
  /** The first administrator's one-time password: always the first version's, as it is made once. */
  administrator: string;
}

/**
 * Returns the version of a database's passwords: it rises by one each time they are replaced, and each time the stack's key is. So it never
 * falls, and each version names a login of its own.
 *
 * @param declared the orchestra's `passwordVersion`; 1 for a spare
 */
export function planPasswordVersion(declared: number, keyVersion: number): number {
  return declared + keyVersion - 1;
}

/** Returns a database's passwords. Pure: see {@link derivePassword}. */
export function planPasswords({ current }: Pick<Keys, "current">, key: string, version: number): DatabasePasswords {
  return {
    owner: derivePassword(current, { purpose: "database owner", key, version }),
    app: derivePassword(current, { purpose: "app login", key, version }),
    administrator: derivePassword(current, { purpose: "administrator", key, version: 1 }),
  };
}

/**
 * Returns the passwords of the owning role that a database of this stack may have after an interrupted rotation: the current one, and those
 * before it.
 */
export function ownerPasswords({ current, previous }: Keys, key: string, version: number): string[] {
  const before = version > 1 ? [current, ...(previous === undefined ? [] : [previous])] : [];
  return [
    derivePassword(current, { purpose: "database owner", key, version }),
    ...before.map((stackKey) => derivePassword(stackKey, { purpose: "database owner", key, version: version - 1 })),
  ];
}

/** Returns the verifier of a key: it changes with the key and reveals nothing of it. */
export function verifierOf(stackKey: string, version: number): string {
  return derivePassword(stackKey, { purpose: "verifier", key: "", version });
}

/** Returns the administrator's one-time password from the previous key; undefined where no key is being replaced. */
export function previousAdministratorPassword({ previous }: Keys, key: string): string | undefined {
  return previous === undefined ? undefined : derivePassword(previous, { purpose: "administrator", key, version: 1 });
}

/**
 * Reads the keys from a stack's configuration, which the program has checked.
 *
 * @param read a value by its full key
 */
export function readKeys(read: (key: string) => string | undefined): Keys {
  const [current, previous] = [read("stagesub:key"), read("stagesub:previousKey")];
  if (!current) throw new Error("Expected stagesub:key in the stack's configuration, found none.");
  return { current, version: Number(read("stagesub:keyVersion") ?? 1), ...(previous && { previous }) };
}

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
