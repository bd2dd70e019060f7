import { expect, it } from "vitest";

import { shorten } from "../../../infra/util/text.ts";

it("a text is cut between characters, and one that fits is left as it is", () => {
  expect(shorten("abcde", 5)).toBe("abcde");
  expect(shorten("abcdef", 5)).toBe("abcd…");
  expect(shorten("abc🎻ef", 5)).toBe("abc…");
  expect(shorten("ab🎻def", 5)).toBe("ab🎻…");
});
