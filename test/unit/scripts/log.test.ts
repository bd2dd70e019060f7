import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";

import { parseSince } from "../../../scripts/orchestra/log.ts";

describe("--since", () => {
  it("takes a day, a time, or how long ago", () => {
    expect(parseSince("2026-11-22").toISOString()).toBe("2026-11-22T00:00:00.000Z");
    expect(parseSince("2026-11-22T14:00+01:00").toISOString()).toBe("2026-11-22T13:00:00.000Z");
    expect(Math.round((Date.now() - parseSince("90m").getTime()) / 60_000)).toBe(90);
    expect(Math.round((Date.now() - parseSince("7d").getTime()) / 86_400_000)).toBe(7);
  });

  it("refuses anything else", () => {
    for (const text of ["", "yesterday", "7", "7w", "22/11/2026", "2026-13-01", "2026-11-22 14:00"])
      expect(() => parseSince(text), text).toThrow(InvalidArgumentError);
  });
});
