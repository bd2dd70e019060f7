import { describe, expect, it } from "vitest";

import { readStackFile } from "../../../infra/config/readStackFile.ts";
import { parseStack } from "../../../infra/config/parseStack.ts";
import { bodyOf, goodFile, read, refusalOf, spoil } from "./stackFile.ts";

/** Reads as the program does where Pulumi's reader takes a form that ours does not: the file's text beside other values. */
const preview = (text: string) =>
  bodyOf(refusalOf(() => parseStack({ ...read(goodFile), file: { path: file, text } }, {})));
const check = (text: string) => bodyOf(refusalOf(() => readStackFile("production", { path: file, text })));
const file = "stacks/Pulumi.production.yaml";

const [max, name, orebro, end] = ["max: 20", "name: Åsa Berg", "    orebro:\n", "# the end"];
const kammar = "name: Svenska Kammarorkestern";
const otherNumber = "a number in another form";
const noText = "a number, a date, a boolean or nothing";
const clear = "has not encrypted (not shown)";
const breaks = "line breaks are read";

describe("the form of a stack file", () => {
  it.each([
    ["an anchor", "spares: 2", "spares: &two 2", "an anchor (&)"],
    ["an alias", "spares: 2, max: 20", "spares: &n 2, max: *n", "an alias (*)"],
    ["a merge key", "    malmo:\n", "    lund: &usual {}\n    malmo:\n      <<: *usual\n", "a merge key (<<)"],
    ["a merge key in quotes", orebro, `${orebro}      '<<': { name: x }\n`, "a merge key (<<)"],
    ["an anchor that nobody uses", "  stagesub:pool: {", "  stagesub:pool: &pool {", "an anchor (&)"],
    ["an alias of a key", "    malmo:\n", "    &m malmo:\n", "an anchor (&)"],
    ["a tag", 'since: "2026-11-22"', "since: !!str 2026-11-22", "a tag (!…)"],
    ["a tag of its own", "spares: 2", "spares: !int 2", "a tag (!…)"],
    ["a text behind secure:", "secure: v1:main", "secure: postgresql://u:h3mlig@h.example/d", clear],
    ["a short text behind secure:", "secure: v1:main", "secure: h3mlig", clear],
    ["a number behind secure:", "secure: v1:main", "secure: 123", clear],
    ["a text behind secure: in a list", end, "  other:x: [{ secure: h3mlig }]", clear],
    ["underscores in a number", max, "max: 1_000", otherNumber],
    ["a hexadecimal number", max, "max: 0x14", otherNumber],
    ["a binary number", max, "max: 0b10100", otherNumber],
    ["an octal number with a sign inside", max, "max: 0o+24", otherNumber],
    ["an exponent", max, "max: 2e1", otherNumber],
    ["a sign", max, "max: +20", otherNumber],
    ["infinity", max, "max: .inf", otherNumber],
    ["more digits than a number keeps", max, "max: 9007199254740993", otherNumber],
    ["a number that is to be a name", kammar, "name: 1_984", otherNumber],
    ["a short date", 'since: "2026-11-22"', "since: 2026-1-2", otherNumber],
    ["a number as an id", orebro, "    1984:\n", noText],
    ["a boolean as an id", orebro, "    true:\n", noText],
    ["a date as an id", orebro, "    2026-11-22:\n", noText],
    ["an escape of JSON's", name, 'name: "Åsa\\/Berg"', "half of a character"],
    ["half of a character", name, 'name: "Å\\uD83D\\uDE00"', "half of a character"],
    ["a question mark between braces", name, "name: Åsa?", "quotes around a text"],
    ["a colon in front", "[malmo]", "[:malmo]", "quotes around a text"],
    ["an explicit key", orebro, "    ? orebro\n    :\n", "a colon and a space"],
    ["a key without a space", "{ canary: [malmo] }", "{ canary:[malmo] }", "a colon and a space"],
    ["a key without a colon", "{ canary: [malmo] }", "{ canary: [malmo], waves }", "a colon and a space"],
    ["a long key", orebro, `    "${"o".repeat(1020)}":\n`, "at most 1000 characters"],
    ["quotes over several lines", name, 'name: "Åsa\n        Berg"', breaks],
    ["a text over several lines", "      database: pool-3", "      database:\n        pool-3\n        x", breaks],
    ["a blank line below |", kammar, "name: |\n\n        x", breaks],
    ["a break in front", name, 'name: "\\nÅsa Berg"', breaks],
    ["a list as a key", orebro, "    ? [a, b]\n    :\n", "a list or a map"],
    ["a tab between key and value", max, "max:\t20", "a tab"],
    ["a tab before a comment", "      database: pool-3\n", "      database: pool-3\t# the third\n", "a tab"],
    ["a tab on a line of its own", orebro, `\t\n${orebro}`, "a tab"],
    ["a lone CR, behind which Pulumi goes on reading", end, `${end}\r  stagesub:keyVersion: '2'`, "U+000D"],
    ["U+0085, the same", end, `${end}\u0085  stagesub:keyVersion: '2'`, "U+0085"],
    ["U+2028, the same", end, `${end}\u2028  stagesub:keyVersion: '2'`, "U+2028"],
    ["U+2029, the same", end, `${end}\u2029  stagesub:keyVersion: '2'`, "U+2029"],
    ["a form feed", end, `${end}\f`, "U+000C"],
    ["NUL", name, "name: 'Åsa\0'", "U+0000"],
    ["ESC", name, "name: 'Åsa\x1b[2J'", "U+001B"],
    ["DEL", name, "name: 'Åsa\x7f'", "U+007F"],
    ["U+FFFE", name, "name: 'Åsa\ufffe'", "U+FFFE"],
    ["a byte order mark inside", name, "name: Åsa\ufeff Berg", "U+FEFF"],
    ["a YAML directive", "config:\n", "%YAML 1.2\n---\nconfig:\n", "a line that begins with %"],
    ["another directive", "config:\n", "%FOO\n---\nconfig:\n", "a line that begins with %"],
    ["a second document", end, "---\nconfig: {}", "documents"],
    ["a key twice, once without its namespace", end, "  pool: { max: 30 }", "a second one"],
    ["a key with two colons", end, "  stagesub:config:domain: other.se", "another number of colons"],
    ["a key without a name", end, "  'stagesub:': x", "another number of colons"],
    ["a salt that is a list", end, "encryptionsalt: [v1]", "something else"],
    ["import:", end, "import: other", "not known here"],
  ])(
    "is refused with %s: by a preview as by every command, with its line, and no secret is shown",
    (_case, piece, by, got) => {
      const whole = `${goodFile}${end}\n`;
      expect(whole).toContain(piece);
      const text = whole.replace(piece, () => by);
      for (const refusal of [check(text), preview(text)]) {
        expect(refusal).toContain(got);
        expect(refusal).toMatch(/^\S+ {2}\(stacks\/Pulumi\.production\.yaml:\d+:\d+\)/);
        expect(refusal).not.toContain("h3mlig");
      }
    },
  );

  it("is refused with secureobject, whose value is not shown", () => {
    const text = spoil(["{ secure: v1:main }", "{ secureobject: v1:main }"]);
    expect(bodyOf(refusalOf(() => parseStack(read(text), {})))).toContain("(not shown: it belongs to a secret)");
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
