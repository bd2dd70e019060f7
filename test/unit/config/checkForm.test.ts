import { describe, expect, it } from "vitest";

import { readStackFile } from "../../../infra/config/readStackFile.ts";
import { parseStack } from "../../../infra/config/parseStack.ts";
import { bodyOf, goodFile, read, refusalOf, spoil } from "./stackFile.ts";

/** What Pulumi gives the program where its reader takes a form that ours does not: the file's text beside other values. */
const preview = (text: string) =>
  bodyOf(refusalOf(() => parseStack({ ...read(goodFile), file: { path: file, text } }, {})));
const check = (text: string) => bodyOf(refusalOf(() => readStackFile("production", { path: file, text })));
const file = "stacks/Pulumi.production.yaml";

describe("the form of a stack file", () => {
  const aliased = spoil(
    ["      database: pool-3\n", "      database: pool-3\n      passwordVersion: &version 1\n"],
    ["      database: adopted\n", "      database: adopted\n      passwordVersion: *version\n"],
  );

  it.each([
    ["an anchor and its alias", aliased, ["an anchor (&)", "an alias (*)"]],
    [
      "a merge key",
      spoil(["    malmo:\n", "    malmo: &usual\n"], ["    orebro:\n", "    orebro:\n      <<: *usual\n"]),
      ["an anchor (&)", "a merge key (<<)"],
    ],
    ["an anchor that nobody uses", spoil(["  stagesub:pool: {", "  stagesub:pool: &pool {"]), ["an anchor (&)"]],
    ["an alias of a key", spoil(["    malmo:\n", "    &m malmo:\n"]), ["an anchor (&)"]],
    ["a tag", spoil(['since: "2026-11-22"', "since: !!str 2026-11-22"]), ["a tag (!…)"]],
    ["a tag of its own", spoil(["spares: 2", "spares: !int 2"]), ["a tag (!…)"]],
    [
      "a text behind secure:",
      spoil(["secure: v1:main", "secure: postgresql://u:h3mlig@h.example/d"]),
      ["has not encrypted (not shown)"],
    ],
    ["a short text behind secure:", spoil(["secure: v1:main", "secure: h3mlig"]), ["has not encrypted (not shown)"]],
    ["a number behind secure:", spoil(["secure: v1:main", "secure: 123"]), ["has not encrypted (not shown)"]],
    ["underscores in a number", spoil(["max: 20", "max: 1_000"]), ["a number in another form"]],
    ["a hexadecimal number", spoil(["max: 20", "max: 0x14"]), ["a number in another form"]],
    ["a binary number", spoil(["max: 20", "max: 0b10100"]), ["a number in another form"]],
    ["an exponent", spoil(["max: 20", "max: 2e1"]), ["a number in another form"]],
    ["a sign", spoil(["max: 20", "max: +20"]), ["a number in another form"]],
    ["infinity", spoil(["max: 20", "max: .inf"]), ["a number in another form"]],
    [
      "a number that is to be a name",
      spoil(["name: Svenska Kammarorkestern", "name: 1_984"]),
      ["a number in another form"],
    ],
    ["a short date", spoil(['since: "2026-11-22"', "since: 2026-1-2"]), ["a number in another form"]],
    ["a number as an id", spoil(["    orebro:\n", "    1984:\n"]), ["a number, a boolean or nothing"]],
    ["a boolean as an id", spoil(["    orebro:\n", "    true:\n"]), ["a number, a boolean or nothing"]],
    ["a list as a key", spoil(["    orebro:\n", "    ? [a, b]\n    :\n"]), ["a list or a map"]],
  ])(
    "is refused with %s: by a preview as by every command, with its line, and no secret is shown",
    (_case, text, got) => {
      for (const refusal of [check(text), preview(text)]) {
        for (const words of got) expect(refusal).toContain(words);
        expect(refusal).toMatch(/^stacks\/Pulumi\.production\.yaml {2}\(stacks\/Pulumi\.production\.yaml:\d+:\d+\)/);
        expect(refusal).not.toContain("h3mlig");
      }
    },
  );

  it("is refused by a preview where it is no YAML to us, whatever Pulumi makes of it", () => {
    expect(preview(`${goodFile}    malmo: {}\n`)).toContain("Map keys must be unique");
  });

  it("may hold whatever both read alike", () => {
    for (const text of [
      spoil(["secure: v1:main", "secure: v1:sBvCrFKkFYdQwfyC:Zk2d1s+/KxFr5RkI0A=="]),
      spoil(["secure: v1:main", "secure: AAABAL+H4zUg9bqCJ1mV0dYw3n8="]),
      `${goodFile}# 1_000, &anchor, *alias, <<: *it
`,
      spoil(["name: Svenska Kammarorkestern", "name: 1:a Kammarorkestern & <<vännerna>>"]),
      spoil(["name: Svenska Kammarorkestern", 'name: "*1_000"']),
      spoil(["name: Svenska Kammarorkestern", "name: >-\n        Svenska\n        Kammarorkestern"]),
      `\ufeff${goodFile}`,
      goodFile.replaceAll("\n", "\r\n"),
    ])
      expect(() => readStackFile("production", { path: file, text })).not.toThrow();
  });
});
