import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** OWASP's minimum for scrypt (Password Storage Cheat Sheet): N = 2^17, r = 8, p = 1, about 128 MiB for each hash. */
const cost = { ln: 17, r: 8, p: 1 };

/**
 * Returns the hash of a person's password as a PHC string, `$scrypt$ln=17,r=8,p=1$<salt>$<hash>` (base64 without padding).
 * Only this file knows the scheme: another scheme would get a new prefix, and `verifyPassword` would read both.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost, 32);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${encode(salt)}$${encode(hash)}`;
}

/** Returns whether the PHC string is a hash of `password`. False, not an error, for a string of another scheme. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc);
  if (!match) return false;
  const [, ln, r, p, salt, hash] = match;
  const expected = Buffer.from(hash!, "base64");
  const parameters = { ln: Number(ln), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt!, "base64"), parameters, expected.length).catch(
    () => undefined,
  );
  return actual !== undefined && timingSafeEqual(actual, expected);
}

function derive(password: string, salt: Buffer, { ln, r, p }: typeof cost, length: number): Promise<Buffer> {
  // Node refuses more than 32 MiB unless told; scrypt needs 128 * N * r bytes and a little for p.
  const options = { N: 2 ** ln, r, p, maxmem: 128 * 2 ** ln * r + 1024 * 1024 * p };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
