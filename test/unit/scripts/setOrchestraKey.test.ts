import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setOrchestraKey } from "../../../scripts/stack/editStackFile.ts";
import { goodFile, parse, spoil } from "../config/stackFile.ts";

const rotate = (text: string, version = 2) => setOrchestraKey(text, "malmo", "passwordVersion", version);

describe("setOrchestraKey", () => {
  it("puts the key at the end of the entry, before the next one", () => {
    expect(rotate(goodFile)).toBe(spoil(["database: pool-3\n", "database: pool-3\n      passwordVersion: 2\n"]));
  });

  it("replaces the value and nothing around it", () => {
    const line = "database: pool-3\n      passwordVersion:  2   # after the audit, 2026\n";
    const before = spoil(["database: pool-3\n", line]);
    expect(rotate(before, 3)).toBe(before.replace(":  2  ", ":  3  "));
  });

  it("writes a word or a truth value as it is", () => {
    const retired = setOrchestraKey(goodFile, "orebro", "state", "retired");
    expect(parse(setOrchestraKey(retired, "orebro", "protect", false)).orchestras["orebro"]).toMatchObject({
      state: "retired",
      protect: false,
    });
  });

  it("stays below the comments that belong to the entry, and above those of the next", () => {
    const comments = "database: pool-3 # warm\n        # moved in spring\n    # the north\n";
    const after = rotate(spoil(["database: pool-3\n", comments]));
    expect(after).toContain("# moved in spring\n      passwordVersion: 2\n    # the north\n    gavle:\n");
  });

  it("writes into an entry on one line in its own form", () => {
    const entry = '{ name: M, contact: { name: O, email: o@example.se }, since: "2026-11-22" }';
    const text = `config:\n  stagesub:orchestras:\n    malmo: ${entry} # x\n    lund: ${entry}\n`;
    const once = rotate(text);
    expect(once).toBe(text.replace('"2026-11-22" } # x', '"2026-11-22", passwordVersion: 2 } # x'));
    expect(rotate(once, 12)).toBe(once.replace("passwordVersion: 2", "passwordVersion: 12"));
  });

  it("keeps a file's line ends, also that there is none at its end", () => {
    const windows = rotate(goodFile.replaceAll("\n", "\r\n"));
    expect(windows).toContain("      database: pool-3\r\n      passwordVersion: 2\r\n    gavle:\r\n");
    const text = goodFile.trimEnd();
    expect(setOrchestraKey(text, "orebro", "passwordVersion", 2)).toBe(`${text}\n      passwordVersion: 2`);
  });

  it("finds an id that YAML would take for something else", () => {
    const text = spoil(["    malmo:\n", '    "off":\n']);
    expect(setOrchestraKey(text, "off", "passwordVersion", 2)).toContain("pool-3\n      passwordVersion: 2\n");
  });

  it("refuses an entry that stands elsewhere: an alias", () => {
    const text = spoil(["    malmo:\n", "    malmo: &it\n"]).replace(/ {4}gavle:\n( {6}.*\n)+/, "    gavle: *it\n");
    expect(() => setOrchestraKey(text, "gavle", "passwordVersion", 2)).toThrowErrorMatchingInlineSnapshot(
      `[UserError: Expected stagesub:orchestras.gavle: with its entries below it, one a line; got it in another form ({ … }, an alias). Write it out, then try again. Nothing was written.]`,
    );
  });

  it("changes that number alone, for any orchestra and version", () => {
    fc.assert(
      fc.property(fc.constantFrom("malmo", "gavle", "orebro"), fc.integer({ min: 1, max: 9999 }), (id, version) => {
        const { [id]: changed, ...others } = parse(
          setOrchestraKey(goodFile, id, "passwordVersion", version),
        ).orchestras;
        const { [id]: before, ...same } = parse(goodFile).orchestras;
        expect(changed).toEqual({ ...before, passwordVersion: version });
        expect(others).toEqual(same);
      }),
    );
  });
});
