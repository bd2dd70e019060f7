import { describe, expect, it } from "vitest";
import { readAcceptance, readDown } from "../../../../scripts/migrations/readDown.ts";

const up = "-- Up Migration\nSELECT 1;\n\n";

describe("readDown", () => {
  it("finds the statements of the down migration, each with its line in the file", () => {
    expect(readDown(`${up}-- Down Migration\nDROP TABLE a;\n\n-- and\nDROP TABLE b;\n`)).toMatchObject({
      kind: "sql",
      statements: [
        { line: 5, text: "DROP TABLE a" },
        { line: 8, text: "DROP TABLE b" },
      ],
    });
  });

  it("takes a reason in the one form that there is, and none without its words", () => {
    expect(readDown(`${up}-- Down Migration: none, because what is dropped is gone.\n-- More.\n`)).toEqual({
      kind: "none",
      because: "what is dropped is gone.",
    });
    const says = (text: string) => (readDown(up + text) as { says?: string }).says;
    expect([
      says(""),
      says("-- Down Migration\n-- Nothing.\n"),
      says("-- Down Migration: none"),
      says("-- Down Migration: none, because "),
      says("-- Down Migration (later)"),
      says("-- Down Migration: none, because it is late.\nDROP TABLE a;"),
    ]).toMatchInlineSnapshot(`
      [
        "It has no "-- Down Migration" part.",
        "Its "-- Down Migration" part holds no SQL.",
        "Expected "-- Down Migration: none, because …" or nothing after the words, got "-- Down Migration: none".",
        "Expected "-- Down Migration: none, because …" or nothing after the words, got "-- Down Migration: none, because".",
        "It has no "-- Down Migration" part.",
        "It states that it has no down migration, but has SQL below (line 5).",
      ]
    `);
  });
});

describe("readAcceptance", () => {
  it("counts above the SQL alone, and with a reason", () => {
    const accept = "-- accept: fails-on-data: nobody has such rows, asked on 2026-11-20\n";
    expect(readAcceptance(accept + up)).toBe("nobody has such rows, asked on 2026-11-20");
    expect(readAcceptance(up + accept)).toBeUndefined();
    expect(readAcceptance(`-- accept: fails-on-data:\n${up}`)).toBeUndefined();
  });
});
