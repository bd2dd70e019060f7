import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";

import { parseCount, parseDuration, parseSince } from "../../../scripts/cli/parseOption.ts";

describe("the value of an option", () => {
  it("is a day, a time, or how long ago", () => {
    expect(parseSince("2026-11-22").toISOString()).toBe("2026-11-22T00:00:00.000Z");
    expect(parseSince("2026-11-22T14:00+01:00").toISOString()).toBe("2026-11-22T13:00:00.000Z");
    expect(Math.round((Date.now() - parseSince("90m").getTime()) / 60_000)).toBe(90);
    expect(Math.round((Date.now() - parseSince("7d").getTime()) / 86_400_000)).toBe(7);
  });

  it("is a duration of seconds or minutes, or 0", () => {
    expect(["90s", "2m", "0", "0s"].map(parseDuration)).toEqual([90_000, 120_000, 0, 0]);
  });

  it("is a number up to the highest", () => {
    expect(["1", "10"].map(parseCount(10))).toEqual([1, 10]);
  });

  it.each([
    ["a time", parseSince, ["", "yesterday", "7", "7w", "22/11/2026", "2026-13-01", "2026-11-22 14:00"]],
    ["a duration", parseDuration, ["", "2", "2h", "-1s", "1.5m", "s"]],
    ["a number", parseCount(10), ["", "0", "11", "-1", "1.5", "1e1", "0x2", "99999999999"]],
  ])("is refused where it is not %s", (_what, parse, texts) => {
    for (const text of texts) expect(() => parse(text), text).toThrow(InvalidArgumentError);
  });
});
