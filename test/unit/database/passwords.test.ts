import { describe, expect, it } from "vitest";
import { hashPassword, verifyPassword } from "../../../infra/database/roles/passwords.ts";
import { scramVerifier } from "../../../infra/database/roles/scramVerifier.ts";

describe("passwords", () => {
  it("are hashed with scrypt at OWASP's minimum, each with a salt of its own", async () => {
    const [one, two] = [await hashPassword("lösen ord"), await hashPassword("lösen ord")];
    expect(one).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(two).not.toBe(one);
    expect(await verifyPassword("lösen ord", one)).toBe(true);
    expect(await verifyPassword("lo\u0308sen ord", one)).toBe(true);
    expect(await verifyPassword("Lösen ord", one)).toBe(false);
  });

  it("match the test vector of RFC 7914", async () => {
    const phc =
      "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA";
    expect(await verifyPassword("password", phc)).toBe(true);
  });

  it("match no string of another scheme, and no senseless one", async () => {
    for (const phc of [
      "",
      "password",
      "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA",
      "$scrypt$ln=99,r=8,p=1$c2FsdA$aGFzaA",
    ])
      expect(await verifyPassword("password", phc)).toBe(false);
  });
});

describe("scramVerifier", () => {
  it("gives what RFC 7677 gives", async () => {
    expect(await scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"))).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  it("takes no password that it would not treat as PostgreSQL does", async () => {
    await expect(scramVerifier("lösen")).rejects.toThrow("Expected printable ASCII as a role's password.");
  });
});
