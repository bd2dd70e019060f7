import fc from "fast-check";

/** Texts that could break out of a page, a statement, a shell or a file, or pass for another person's. */
const pieces = [
  `'`, `"`, "`", "\\", `\\'`, "''", `'; DROP TABLE "Orchestra"; --`, `' OR '1'='1`, "$1", "$$", "E'\\x27'", "/*", "--",
  "$(touch /tmp/owned)", "`id`", "${HOME}", "; rm -rf ~", "| cat", "%s%n", "%00", "{{7*7}}", "${7*7}", "../..", "~", "-rf",
  "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</title>", "<!--", "&lt;", "&#0;", "]]>", "javascript:alert(1)",
  "\u0000", "\u0007", "\u001b[31m", "\u009b31m", "\r\nBcc: everyone@example.se", "\n", "\t", "\u0085", "\u2028", "\u2029",
  "\u202e", "\u2066", "\u200f", "\u200b", "\u00ad", "\ufeff", "\u061c", "אבג", "مالمو", "𝔐𝔞𝔩𝔪ö", "ＭＡＬＭＯ",
  "а", "mаlmo", "rnalmo", "ı", "İ", "ß", "ﬁ", "e\u0301", "Å", "A\u030a", "Z̸̢̛a̷l̶g̸o", "👩‍👩‍👧", "\ud800", "\udfff", "\ufffe", "\u{10ffff}",
  "a".repeat(64), "ö".repeat(300), "x".repeat(5_000), "__proto__", "constructor", "toString", "null", "true", "0x10", "1e3",
  "registry", "pool-1", "admin", "www", "xn--malm-8qa", "xn--", "-malmo", "malmo-", "ma--lmo", "MALMO", "malmo.evil", "*", "@", ".", " ", "",
]; // prettier-ignore

/** Any text; most hold several of the pieces. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...pieces) },
      { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
      { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
      { weight: 1, arbitrary: fc.constantFrom("Malmö", "Orkester", "Åsa") },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(""));

/** Hostile, or nearly right. */
const hostileSubdomain = fc.oneof(
  hostileText,
  fc.stringMatching(/^[a-z0-9-]{1,64}$/),
  fc.tuple(fc.stringMatching(/^[a-z0-9]{1,10}$/), fc.constantFrom(...pieces)).map((parts) => parts.join("")),
);

const hostileEmail = fc.oneof(
  hostileText,
  fc.tuple(hostileText, fc.constantFrom("example.se", "malmö.se", "mаlmo.se")).map((parts) => parts.join("@")),
  fc.tuple(fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}$/), fc.oneof(fc.constant("example.se"), hostileText))
    .map((parts) => parts.join("@")), // prettier-ignore
);

/** One orchestra as somebody might declare it. */
export interface HostileOrchestra {
  id: string;
  name: string;
  subdomain: string;
  contact: { name: string; email: string };
}

export const hostileOrchestra: fc.Arbitrary<HostileOrchestra> = fc.record({
  id: fc.oneof({ weight: 1, arbitrary: hostileSubdomain }, { weight: 4, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{5,20}$/) }),
  name: hostileText,
  subdomain: hostileSubdomain,
  contact: fc.record({ name: hostileText, email: hostileEmail }),
}); // prettier-ignore
