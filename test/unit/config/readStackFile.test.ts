import { describe, expect, it } from "vitest";
import { readStackFile } from "../../../infra/config/readStackFile.ts";
import { bodyOf, refusalOf } from "./stackFile.ts";

const read = (text: string) => readStackFile("t", { path: "stacks/Pulumi.t.yaml", text });
const refusal = (text: string) => bodyOf(refusalOf(() => read(text)));

describe("readStackFile", () => {
  // The expected values are those that Pulumi's own reader (sdk/v3 3.276.0) gives for the same file.
  it("reads scalars as Pulumi gives them to a program", () => {
    const { values } = read(
      'config:\n  stagesub:x: { a: 2026-11-22, o: 0123, y: yes, n: , f: 1.50, t: true, s: "2026-11-22", d: 2026-02-30, i: 1:30, j: NaN, k: tRue }\n  stagesub:n: 0123\n  bare: 2026-11-22\n  void:\n',
    );
    expect(JSON.parse(values["stagesub:x"] ?? "")).toEqual({
      a: "2026-11-22 00:00:00 +0000 UTC",
      o: 83,
      y: "yes",
      n: null,
      f: 1.5,
      t: true,
      s: "2026-11-22",
      d: "2026-02-30",
      i: "1:30",
      j: "NaN",
      k: "tRue",
    });
    expect(values["stagesub:void"]).toBe("");
    expect(values["stagesub:n"]).toBe("83");
    expect(values["stagesub:bare"]).toBe("2026-11-22 00:00:00 +0000 UTC");
  });

  it("keeps encrypted values closed and names their keys", () => {
    const { values, secretKeys } = read("config:\n  stagesub:a: { b: { secure: v1:x }, c: d }\n  stagesub:e: f\n");
    expect(secretKeys).toEqual(["stagesub:a"]);
    expect(values["stagesub:a"]).not.toContain("v1:x");
  });

  it("points at what is no YAML", () => {
    expect(refusal("config:\n  stagesub:domain: stagesub.com\n   stagesub:app: {}\n")).toMatchInlineSnapshot(`
      "stacks/Pulumi.t.yaml  (stacks/Pulumi.t.yaml:2:20)
        expected: YAML
        got:        stagesub:domain: ************
                                     ^
        why:      Nested mappings are not allowed in compact mappings
        do this:  correct this line; texts that hold \`: \`, \` #\` or begin with a sign need quotes"
    `);
  });

  it("points at a quote that is never closed", () => {
    expect(refusal('config:\n  stagesub:domain: "stagesub.com\n')).toMatchInlineSnapshot(`
      "stacks/Pulumi.t.yaml  (stacks/Pulumi.t.yaml:2:33)
        expected: YAML
        got:        stagesub:domain: *************
                                                  ^
        why:      Missing closing "quote
        do this:  close the quote, bracket or brace that was opened"
    `);
  });

  it("points at an orchestra that stands there twice", () => {
    expect(refusal("config:\n  stagesub:orchestras:\n    malmo: {}\n    malmo: {}\n")).toMatchInlineSnapshot(`
      "stacks/Pulumi.t.yaml  (stacks/Pulumi.t.yaml:4:5)
        expected: YAML
        got:          malmo: {}
                      ^
        why:      Map keys must be unique
        do this:  remove or rename one of the two entries"
    `);
  });

  it("covers secrets in the line that it shows", () => {
    const message = refusal("config:\n  stagesub:databaseUrl: postgres://u:hunter2@h/d: x\n  url: pa: hunter3\n");
    expect(message).not.toMatch(/hunter/);
    expect(message).toContain("****");
  });

  it("refuses a file that holds something else", () => {
    expect(refusal("- a\n- b\n")).toMatchInlineSnapshot(`
      "stacks/Pulumi.t.yaml
        expected: a map with the keys config, encryptionsalt, secretsprovider, encryptedkey, environment
        got:      something else
        do this:  begin the file with \`config:\` and indent what belongs to it"
    `);
    expect(refusal("confg:\n  stagesub:domain: stagesub.com\n")).toMatchInlineSnapshot(`
      "confg  (stacks/Pulumi.t.yaml:1:1)
        expected: a map with the keys config, encryptionsalt, secretsprovider, encryptedkey, environment
        got:      a key that is not known here
        do this:  rename it to config"
    `);
  });
});
