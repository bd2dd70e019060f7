import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  derivePassword,
  type Purpose,
  ownerPasswords,
  planPasswords,
  planPasswordVersion,
} from "../../../infra/util/stackPasswords.ts";

/** 0, 1, 2, … 31. */
const key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const other = Buffer.alloc(32).toString("base64");

describe("a password that derives from the stack's key", () => {
  /** Computed with Python's hmac and hashlib, by RFC 5869. */
  it.each<[Purpose, string, number, string]>([
    ["database owner", "malmo", 1, "uNDqMMHz4YscrwKActx6RkFw"],
    ["database owner", "malmo", 2, "JWESnYt9rtMijKTa5iakpR62"],
    ["app login", "malmo", 1, "y8yEx8jiie5PTYSf2CwCBRhJ"],
    ["administrator", "malmo", 1, "t9kLKAkfABxjpu9Djpc6UJ7z"],
    ["app login", "pool-3", 12, "gEq2mCV7oqnTQxyfG94i7QbJ"],
    ["verifier", "production", 1, "AaU6wh73ogGyrktGuMnzyZnP"],
  ])("is, as %s of %s in version %i, always the same", (purpose, database, version, password) => {
    expect(derivePassword(key, { purpose, key: database, version })).toBe(password);
  });

  it("is another one for another key, and for each purpose, database and version", () => {
    expect(derivePassword(other, { purpose: "database owner", key: "malmo", version: 1 })).toBe(
      "NqMLKtZkdjTvipmDkYWUFMDr",
    );
    const subjects = ["database owner", "app login", "administrator", "verifier"].flatMap((purpose) =>
      ["malmo", "gavle", "pool-1", "pool-11", ""].flatMap((database) =>
        [1, 2, 11].map((version) => ({ purpose: purpose as Purpose, key: database, version })),
      ),
    );
    const made = subjects.map((subject) => derivePassword(key, subject));
    expect(new Set(made).size).toBe(subjects.length);
  });

  it("is 24 letters and digits that need no escaping anywhere, whatever the key", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(1000), (bytes, version) => {
        const stackKey = Buffer.from(bytes).toString("base64");
        expect(derivePassword(stackKey, { purpose: "app login", key: "malmo", version })).toMatch(
          /^[A-HJ-NP-Za-km-z2-9]{24}$/,
        );
      }),
    );
  });
});

describe("a database's passwords", () => {
  it("get a version that rises with its own and with the key's", () => {
    expect([1, 2, 3].map((declared) => planPasswordVersion(declared, 1))).toEqual([1, 2, 3]);
    expect([1, 2, 3].map((keyVersion) => planPasswordVersion(3, keyVersion))).toEqual([3, 4, 5]);
  });

  it("keep the administrator's, which is made once, whichever version the others are of", () => {
    const keys = { version: 1, current: key };
    const [first, second] = [planPasswords(keys, "malmo", 1), planPasswords(keys, "malmo", 2)];
    expect(second.administrator).toBe(first.administrator);
    expect([second.owner, second.app]).not.toEqual([first.owner, first.app]);
  });

  it("are looked for among those that a rotation which was cut off may have left", () => {
    const owner = (stackKey: string, version: number) =>
      derivePassword(stackKey, { purpose: "database owner", key: "malmo", version });
    expect(ownerPasswords({ version: 1, current: key }, "malmo", 1)).toEqual([owner(key, 1)]);
    expect(ownerPasswords({ version: 1, current: key }, "malmo", 2)).toEqual([owner(key, 2), owner(key, 1)]);
    expect(ownerPasswords({ version: 2, current: key, previous: other }, "malmo", 2)).toEqual([
      ...[owner(key, 2), owner(key, 1), owner(other, 1)],
    ]);
  });
});
