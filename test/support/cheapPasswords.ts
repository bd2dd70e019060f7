import { randomBytes, scryptSync } from "node:crypto";
import { vi } from "vitest";

/**
 * Hashes people's passwords at a thousandth of the cost, 0.4 s of CPU: a database is made in nearly every test, or signed in to.
 * test/unit/database/passwords.test.ts and the demo have the real cost.
 */
vi.mock(import("../../infra/database/roles/passwords.ts"), async (original) => ({
  ...(await original()),
  hashPassword: (password) => {
    const salt = randomBytes(16);
    const hash = scryptSync(password.normalize("NFKC"), salt, 32, { N: 2 ** 7, r: 8, p: 1 });
    return Promise.resolve(`$scrypt$ln=7,r=8,p=1$${encode(salt)}$${encode(hash)}`);
  },
}));

function encode(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
