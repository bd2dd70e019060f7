import { describe, expect, it } from "vitest";

import { readStackFile } from "../../../infra/config/readStackFile.ts";
import { parseStack } from "../../../infra/config/parseStack.ts";
import { bodyOf, goodFile, read, refusalOf, spoil } from "./stackFile.ts";

/** Reads as the program does where Pulumi's reader takes a form that ours does not: the file's text beside other values. */
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
    ["a number as an id", spoil(["    orebro:\n", "    1984:\n"]), ["a number, a date, a boolean or nothing"]],
    ["a boolean as an id", spoil(["    orebro:\n", "    true:\n"]), ["a number, a date, a boolean or nothing"]],
    ["a date as an id", spoil(["    orebro:\n", "    2026-11-22:\n"]), ["a number, a date, a boolean or nothing"]],
    ["a merge key in quotes", spoil(["    orebro:\n", "    orebro:\n      '<<': { name: x }\n"]), ["a merge key (<<)"]],
    ["an octal number with a sign inside", spoil(["max: 20", "max: 0o+24"]), ["a number in another form"]],
    ["more digits than a number keeps", spoil(["max: 20", "max: 9007199254740993"]), ["a number in another form"]],
    ["a text behind secure: in a list", `${goodFile}  other:x: [{ secure: h3mlig }]\n`, ["has not encrypted"]],
    ["an escape of JSON's", spoil(["name: Gävle Symfoniorkester", 'name: "Gävle\\/Symf"']), ["half of a character"]],
    ["half of a character", spoil(["name: Gävle Symfoniorkester", 'name: "G\\uD83D\\uDE00"']), ["half of a character"]],
    ["a question mark between braces", spoil(["name: Åsa Berg", "name: Åsa?"]), ["quotes around a text"]],
    ["a colon in front", spoil(["[malmo]", "[:malmo]"]), ["quotes around a text"]],
    ["an explicit key", spoil(["    orebro:\n", "    ? orebro\n    :\n"]), ["a colon and a space"]],
    ["a key without a space", spoil(["{ canary: [malmo] }", "{ canary:[malmo] }"]), ["a colon and a space"]],
    ["a key without a colon", spoil(["{ canary: [malmo] }", "{ canary: [malmo], waves }"]), ["a colon and a space"]],
    ["a long key", spoil(["    orebro:\n", `    "${"o".repeat(1020)}":\n`]), ["at most 1000 characters"]],
    ["quotes over several lines", spoil(["name: Åsa Berg", 'name: "Åsa\n        Berg"']), ["line breaks are read"]],
    [
      "a text over several lines",
      spoil(["      database: pool-3", "      database:\n        pool-3\n        x"]),
      ["line breaks"],
    ],
    [
      "a blank line below |",
      spoil(["name: Svenska Kammarorkestern", "name: |\n\n        x"]),
      ["line breaks are read"],
    ],
    ["a break in front", spoil(["name: Åsa Berg", 'name: "\\nÅsa Berg"']), ["line breaks are read"]],
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

  it.each([
    ["a tab between key and value", "max: 20", "max:\t20", "a tab"],
    ["a tab before a comment", "      database: pool-3\n", "      database: pool-3\t# the third\n", "a tab"],
    ["a tab on a line of its own", "    orebro:\n", "\t\n    orebro:\n", "a tab"],
    ["a lone CR, behind which Pulumi goes on reading", "# the end", "# the end\r  stagesub:keyVersion: '2'", "U+000D"],
    ["U+0085, the same", "# the end", "# the end\u0085  stagesub:keyVersion: '2'", "U+0085"],
    ["U+2028, the same", "# the end", "# the end\u2028  stagesub:keyVersion: '2'", "U+2028"],
    ["U+2029, the same", "# the end", "# the end\u2029  stagesub:keyVersion: '2'", "U+2029"],
    ["a form feed", "# the end", "# the end\f", "U+000C"],
    ["NUL", "name: Åsa Berg", "name: 'Åsa\0'", "U+0000"],
    ["ESC", "name: Åsa Berg", "name: 'Åsa\x1b[2J'", "U+001B"],
    ["DEL", "name: Åsa Berg", "name: 'Åsa\x7f'", "U+007F"],
    ["U+FFFE", "name: Åsa Berg", "name: 'Åsa\ufffe'", "U+FFFE"],
    ["a byte order mark inside", "name: Åsa Berg", "name: Åsa\ufeff Berg", "U+FEFF"],
    ["a YAML directive", "config:\n", "%YAML 1.2\n---\nconfig:\n", "a line that begins with %"],
    ["another directive", "config:\n", "%FOO\n---\nconfig:\n", "a line that begins with %"],
    ["a second document", "# the end", "---\nconfig: {}", "documents"],
    ["a key twice, once without its namespace", "# the end", "  pool: { max: 30 }", "a second one"],
    ["a key with two colons", "# the end", "  stagesub:config:domain: other.se", "another number of colons"],
    ["a key without a name", "# the end", "  'stagesub:': x", "another number of colons"],
    ["a salt that is a list", "# the end", "encryptionsalt: [v1]", "something else"],
    ["import:", "# the end", "import: other", "not known here"],
    ["secureobject", "{ secure: v1:main }", "{ secureobject: v1:main }", "(not shown: it belongs to a secret)"],
  ])("is refused with %s", (_case, piece, by, got) => {
    const text = `${goodFile}# the end\n`.replace(piece, () => by);
    for (const refusal of [
      bodyOf(refusalOf(() => parseStack(read(text), {}))),
      ...(got.startsWith("(not") ? [] : [check(text), preview(text)]),
    ])
      expect(refusal).toContain(got);
  });

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

  it("is compared with what Pulumi gave the program: nothing may come from elsewhere, nor be read otherwise", () => {
    const raw = read(goodFile);
    const given = (values: Record<string, string>) => () =>
      parseStack({ ...raw, values: { ...raw.values, ...values } }, {});
    expect(bodyOf(refusalOf(given({ "stagesub:keyVersion": "2" })))).toMatchInlineSnapshot(`
      "stagesub:keyVersion  (stacks/Pulumi.production.yaml:1:1)
        expected: every key in stacks/Pulumi.production.yaml
        got:      one that Pulumi has from elsewhere
        do this:  write the key into the stack file alone, in plain YAML, and nowhere else (Pulumi.yaml, an ESC environment, --config)"
    `);
    expect(bodyOf(refusalOf(given({ "stagesub:pool": '{"max":30,"spares":2,"retired":[2]}' })))).toMatchInlineSnapshot(`
      "stagesub:pool  (stacks/Pulumi.production.yaml:8:3)
        expected: the value that stacks/Pulumi.production.yaml holds
        got:      another value from Pulumi (not shown)
        do this:  write the key into the stack file alone, in plain YAML, and nowhere else (Pulumi.yaml, an ESC environment, --config)"
    `);
    const { "stagesub:rollout": _, ...fewer } = raw.values;
    expect(bodyOf(refusalOf(() => parseStack({ ...raw, values: fewer }, {})))).toContain("stagesub:rollout");
    expect(given({ "stagesub:pool": '{"retired":[2],"max":20,"spares":2}', "other:x": "elsewhere" })).not.toThrow();
  });
});
