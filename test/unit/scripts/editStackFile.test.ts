import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addAdopted, addOrchestra, type OrchestraEntry } from "../../../scripts/stack/editStackFile.ts";
import { refuseDisplayName } from "../../../infra/config/schema/names.ts";
import { goodFile, parse, spoil } from "../config/stackFile.ts";

const umea: OrchestraEntry = {
  id: "umea",
  name: "NorrlandsOperans symfoniorkester",
  contact: { name: "Orkesterkontoret", email: "umea@example.se" },
  since: "2026-11-22",
};
const block = `    umea:
      name: NorrlandsOperans symfoniorkester
      contact: { name: Orkesterkontoret, email: umea@example.se }
      since: "2026-11-22"
`;

describe("addOrchestra", () => {
  it("puts it after the last orchestra, before what follows", () => {
    const salt = "encryptionsalt: v1:abc\n";
    expect(addOrchestra(goodFile + salt, umea)).toBe(goodFile + block + salt);
  });

  it("leaves a comment with the orchestra that it stands in, and one that follows behind", () => {
    const inside = "      # its hall is rebuilt until May\n";
    const behind = "    # the next one: ask Åsa\n\n# the end\n";
    expect(addOrchestra(goodFile + inside + behind, umea)).toBe(goodFile + inside + block + behind);
  });

  it("adds a subdomain and a database where they are given", () => {
    const entry = { ...umea, subdomain: "norr", database: "pool-4" };
    expect(addOrchestra(goodFile, entry).slice(goodFile.length)).toMatchInlineSnapshot(`
      "    umea:
            name: NorrlandsOperans symfoniorkester
            subdomain: norr
            contact: { name: Orkesterkontoret, email: umea@example.se }
            since: "2026-11-22"
            database: pool-4
      "
    `);
  });

  it("takes over the file's indentation and line ends", () => {
    const wide =
      "config:\r\n    stagesub:orchestras:\r\n        malmo:\r\n            name: M\r\n    stagesub:domain: a.se\r\n";
    const edited = addOrchestra(wide, umea);
    expect(edited).toContain("        malmo:\r\n            name: M\r\n        umea:\r\n            name: Norr");
    expect(edited.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  it("ends a file as it ended before", () => {
    const text = goodFile.trimEnd();
    expect(addOrchestra(text, umea)).toBe(`${text}\n${block.trimEnd()}`);
  });

  it("writes behind an orchestra on one line", () => {
    const text = "config:\n  orchestras:\n    malmo: { name: M } # first\n";
    expect(addOrchestra(text, umea)).toBe(text + block);
  });

  it.each([
    ["no key", "config:\n  stagesub:domain: a.se # the domain\n", "  stagesub:orchestras:\n"],
    ["a key and nothing behind it", "config:\n  stagesub:orchestras:\n", ""],
  ])("begins the list where there is %s", (_, text, key) => {
    expect(addOrchestra(text, umea)).toBe(text + key + block);
  });

  it.each(["{}", "{ }", "~", "null"])("begins the list in place of %s, and keeps the comment behind it", (nothing) => {
    const text = `config:\n  stagesub:orchestras: ${nothing} # none yet\n  stagesub:domain: a.se\n`;
    expect(addOrchestra(text, umea)).toBe(
      `config:\n  stagesub:orchestras: # none yet\n${block}  stagesub:domain: a.se\n`,
    );
  });

  it.each([
    ["config: { stagesub:domain: a.se }\n", "config:"],
    ["config:\n  stagesub:orchestras: { malmo: { name: M } }\n", "stagesub:orchestras:"],
  ])("refuses a form that has no place for it: %s", (text, key) => {
    expect(() => addOrchestra(text, umea)).toThrow(`Expected ${key} with its entries below it`);
  });

  it.each([
    "no",
    "Yes",
    "null",
    "0123",
    "2026-11-22",
    "1_000",
    "~",
    "a: b",
    "x #1",
    "- x",
    "{a}",
    'say "hi"',
    "\\n",
    "a ",
  ])("quotes a name that YAML would read as something else: %s", (name) => {
    expect(parse(addOrchestra(goodFile, { ...umea, name })).orchestras["umea"]?.name).toBe(name);
  });

  it("adds exactly one orchestra, as it was given, and changes no other byte", { timeout: 60_000 }, () => {
    const name = fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).filter((text) => !refuseDisplayName(text));
    const entries = fc.record({
      name,
      contact: name,
      trailing: fc.constantFrom("", "encryptionsalt: v1:x\n", "\n# end"),
    });
    const files = [goodFile, spoil(["stagesub:domain", "# å\n  stagesub:domain"]), goodFile.replaceAll("\n", "\r\n")];
    fc.assert(
      fc.property(entries, fc.constantFrom(...files), ({ name, contact, trailing }, file) => {
        const before = file + trailing;
        const entry = { ...umea, name, contact: { ...umea.contact, name: contact } };
        const after = addOrchestra(before, entry);
        const at = file.length;
        expect(after.slice(0, at)).toBe(file);
        expect(after.slice(after.length - trailing.length)).toBe(trailing);
        const { umea: added, ...others } = parse(after).orchestras;
        expect(added).toEqual({ name, contact: entry.contact, since: umea.since });
        expect(others).toEqual(parse(before).orchestras);
      }),
    );
  });
});

describe("addAdopted", () => {
  const ciphers = { key: "pool-3", url: "v1:aa:b+/=", direct: "v1:cc:d+/=" };
  const lines = `    pool-3:
      url:
        secure: v1:aa:b+/=
      direct:
        secure: v1:cc:d+/=
`;

  it("begins stagesub:adopted at the end of the configuration, and goes on where there is one", () => {
    const salt = "encryptionsalt: v1:abc\n";
    const config = "config:\n  stagesub:orchestras:\n    malmo: { name: M } # first\n";
    const first = addAdopted(config + salt, ciphers);
    expect(first).toBe(`${config}  stagesub:adopted:\n${lines}${salt}`);
    expect(addAdopted(first, { ...ciphers, key: "umea" })).toBe(
      `${config}  stagesub:adopted:\n${lines}${lines.replace("pool-3", "umea")}${salt}`,
    );
  });
});
