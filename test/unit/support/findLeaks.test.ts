import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { findLeaks, type Leak } from "../../support/findLeaks.ts";

const secret = `p@ss"w\\örd/å?#%`;
const secrets = { "main password": secret, token: "sbp_0123456789abcdef" };

describe("findLeaks", () => {
  it.each<[Leak["form"], string]>([
    ["raw", secret],
    ["URL-encoded", encodeURIComponent(secret)],
    ["URL-encoded", encodeURIComponent(secret).toLowerCase()],
    ["URL-encoded", [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join("")],
    ["JSON-escaped", JSON.stringify({ secret })],
    ["JSON-escaped", JSON.stringify(JSON.stringify({ secret }))],
    ["hex", Buffer.from(secret).toString("hex").toUpperCase()],
    ["base64", Buffer.from(secret).toString("base64")],
    ["base64", Buffer.from(`x${secret} and more`).toString("base64")],
    ["base64", Buffer.from(`xy${secret}`).toString("base64url")],
    ["base64", Buffer.from(`postgresql://user:${secret}@host/db`).toString("base64")],
  ])("sees a secret %s", (form, text) => {
    expect(findLeaks(`before ${text} after`, secrets)).toContainEqual({
      secret: "main password",
      form,
      at: expect.any(Number) as number,
    });
  });

  it("sees any secret at any place of what was encoded, and never names its value", () => {
    const texts = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", minLength: 6 }), texts, texts, (value, before, after) => {
        const whole = Buffer.from(before + value + after);
        for (const shown of [whole.toString("base64"), whole.toString("base64url"), whole.toString("hex")]) {
          const leaks = findLeaks(shown, { value });
          expect(leaks.length).toBeGreaterThan(0);
          expect(Object.keys(leaks[0]!)).toEqual(["secret", "form", "at"]);
        }
      }),
    );
  });

  it("sees none where there is none, and refuses a value that would be found by chance", () => {
    expect(findLeaks(`p@ss w\\örd ${Buffer.from("p@ss").toString("base64")} [secret]`, secrets)).toEqual([]);
    expect(() => findLeaks("", { pin: "12345" })).toThrow("Expected pin to have at least 6 characters");
  });
});
