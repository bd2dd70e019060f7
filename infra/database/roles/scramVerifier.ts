import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { UserError } from "../../errors.ts";

/** PostgreSQL's own default (`scram_iterations`), which poolers expect. */
const iterations = 4096;

/**
 * Returns the verifier that PostgreSQL stores for a password (RFC 5803): `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>`.
 * Computed here, so that the password itself is in no statement and therefore in no server log.
 *
 * @param salt 16 bytes; pass the salt of an earlier verifier to check whether the password is still the same.
 */
export async function scramVerifier(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  // SASLprep changes nothing in printable ASCII, which is all we ever generate; other text would need it in full.
  if (!/^[\x20-\x7e]+$/.test(password))
    throw new UserError("role-refused", "Expected printable ASCII as a role's password.");
  const salted = await promisify(pbkdf2)(password, salt, iterations, 32, "sha256");
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
