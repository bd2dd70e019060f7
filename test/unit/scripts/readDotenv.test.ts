import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readDotenv } from "../../../scripts/adopt/readDotenv.ts";
import { readPoolVariables } from "../../../scripts/adopt/readPoolVariables.ts";

const url = (letter: string, port = 6543) =>
  `postgresql://postgres.abcdefghijklmnopqrs${letter}:h3mlig@aws-0-eu-north-1.pooler.supabase.com:${port}/postgres`;
const read = (text: string) => readPoolVariables(Buffer.from(text));
const keys = (text: string) => {
  const { variables, problems } = read(text);
  return { keys: variables.map(({ key }) => key), problems };
};

/** Every line that names DATABASE_URL is read or named: files like those of public reports. */
describe("a dotenv file", () => {
  it("is read behind a byte order mark, in UTF-8 and in UTF-16", () => {
    const text = `DATABASE_URL_POOL_4=${url("a")}\r\nDATABASE_URL_POOL_5=${url("b")}\r\n`;
    const le = Buffer.from(`\ufeff${text}`, "utf16le");
    const be = Buffer.from(le).swap16();
    for (const bytes of [Buffer.from(`\ufeff${text}`), le, be]) {
      const { variables, problems } = readPoolVariables(bytes);
      expect(variables.map(({ key, url: value }) => [key, value])).toEqual([
        ["pool-4", url("a")],
        ["pool-5", url("b")],
      ]);
      expect(problems).toEqual([]);
    }
  });

  it.each([
    ["a colon", `DATABASE_URL_POOL_4: ${url("a")}`],
    ["export and two spaces", `export  DATABASE_URL_POOL_4=${url("a")}`],
    ["export and a tab", `export\tDATABASE_URL_POOL_4=${url("a")}`],
    ["spaces around =", `  DATABASE_URL_POOL_4 = "${url("a")}"   # by hand`],
    ["a colon and quotes", `DATABASE_URL_POOL_4: '${url("a")}'`],
    ["backticks", `DATABASE_URL_POOL_4=\`${url("a")}\``],
    ["a comment of another's", `# DATABASE_URL_POOL_9=${url("c")}\nDATABASE_URL_POOL_4=${url("a")}`],
    ["a comment that ends in U+2028 for dotenv", `# old:\u2028DATABASE_URL_POOL_4=${url("a")}`],
    ["spaces that are not ASCII", `\u3000\u00a0DATABASE_URL_POOL_4=\t${url("a")}\u00a0`],
    ["a lone CR as line end", `A=1\rDATABASE_URL_POOL_4=${url("a")}\rB=2`],
    ["an open quote before it that dotenv takes as it stands", `SECRET="abc\nDATABASE_URL_POOL_4="${url("a")}"`],
  ])("is read with %s", (_case, text) => {
    expect(keys(text)).toEqual({ keys: ["pool-4"], problems: [] });
  });

  it.each([
    ["an open quote of its own", `A=1\nDATABASE_URL_POOL_4="${url("a")}\nB=2`],
    ["the lines of another's value", `A='x\nDATABASE_URL_POOL_4=${url("a")}\ny'`],
    ["another assignment's line", `A=1\nB=2 DATABASE_URL_POOL_4=${url("a")}`],
    ["a second one on its line", `A=1\nDATABASE_URL_POOL_5=${url("b")} DATABASE_URL_POOL_4=${url("a")}`],
    ["a list of docker compose", `environment:\n  - DATABASE_URL_POOL_4=${url("a")}`],
    ["JSON", `{\n  "DATABASE_URL_POOL_4": "${url("a")}"`],
    ["no =", `A=1\nDATABASE_URL_POOL_4 ${url("a")}`],
    ["export alone", "A=1\nexport DATABASE_URL_POOL_4"],
    ["setx", `A=1\nsetx DATABASE_URL_POOL_4 ${url("a")}`],
    ["a # that begins a comment inside the password", `A=1\nDATABASE_URL_POOL_4=postgresql://u:h3mlig#x@h.example/d`],
    ["an invisible sign in its name", `A=1\nDATABASE_\u200bURL_POOL_4=${url("a")}`],
    ["PowerShell", `A=1\n$env:DATABASE_URL_POOL_4="${url("a")}"`],
    ["fish", `A=1\nset -x DATABASE_URL_POOL_4 ${url("a")}`],
    ["bash", `A=1\ndeclare -x DATABASE_URL_POOL_4="${url("a")}"`],
    ["+=", `A=1\nDATABASE_URL_POOL_4+=${url("a")}`],
    ["a colon without a space", `A=1\nDATABASE_URL_POOL_4:${url("a")}`],
    ["an escaped break", `A=1\nDATABASE_URL_POOL_4="${url("a")}\\n"`],
    ["a bullet", `A=1\n• DATABASE_URL_POOL_4=${url("a")}`],
    ["a diff", `A=1\n+DATABASE_URL_POOL_4=${url("a")}`],
    ["an apostrophe in it", `A=1\nDATABASE_URL_POOL_4=${url("a").replace("h3mlig", "h3m'lig")}`],
    ["digits that are not ASCII", `A=1\nDATABASE_URL_POOL_４=${url("a")}`],
    ["text behind its quotes", `A=1\nDATABASE_URL_POOL_4="${url("a")}"x`],
  ])("is refused by its line: %s", (_case, text) => {
    const { keys: found, problems } = keys(text);
    expect(found).not.toContain("pool-4");
    expect(problems.join("\n")).toMatch(
      /^line 2 names DATABASE_URL and cannot be read: write NAME="value" on a line of its own/,
    );
    expect(problems.join("\n")).not.toMatch(/h3mlig/);
  });

  it("is refused where a name comes twice, or is none that the app reads", () => {
    const text = `DATABASE_URL_POOL_4=${url("a")}\nDATABASE_URL_POOL_4=${url("b")}\nDATABASE_URL_POOL4=${url("c")}\ndatabase_url_pool_5=${url("d")}`;
    expect(read(text).problems).toMatchInlineSnapshot(`
      [
        "line 1 sets DATABASE_URL_POOL_4, and so does line 2: remove one of the two",
        "line 2 sets DATABASE_URL_POOL_4, and so does line 1: remove one of the two",
        "line 4: expected DATABASE_URL_POOL_5, got database_url_pool_5",
        "line 3: expected DATABASE_URL_POOL_ and a number, got DATABASE_URL_POOL4",
      ]
    `);
  });

  it.each([
    ["another prefix", `MY_DATABASE_URL_POOL_4=${url("a")}`, "got MY_DATABASE_URL_POOL_4"],
    ["another end", `DATABASE_URL_POOL_4_OLD=${url("a")}`, "got DATABASE_URL_POOL_4_OLD"],
    ["a semicolon", `DATABASE_URL_POOL_4=${url("a")};`, "ends in a ; or ,"],
    ["quotes of a word processor", `DATABASE_URL_POOL_4=“${url("a")}”`, "does not begin with postgresql://"],
    ["==", `DATABASE_URL_POOL_4==${url("a")}`, "does not begin with postgresql://"],
    ["a continued line", `DATABASE_URL_POOL_4=\\\n${url("a")}`, "holds a $, ` or \\"],
    ["an invisible sign at its end", `DATABASE_URL_POOL_4=${url("a")}\u200b`, "an invisible character"],
    ["a huge number", `DATABASE_URL_POOL_99999999999999999999=${url("a")}`, "counted from 1"],
  ])("is refused by its variable with %s", (_case, text, words) => {
    const { keys: found, problems } = keys(text);
    expect([found, problems.length]).toEqual([[], 1]);
    expect(problems[0]).toContain(words);
    expect(problems[0]).not.toContain("h3mlig");
  });

  /** 60,000 different lines would take minutes if each were compared with each. */
  it("is read in one pass", () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `DATABASE_URL_POOL_${index + 1}=${url("a")}`);
    expect(readDotenv(Buffer.from(lines.join("\n"))).variables).toHaveLength(60_000);
  });

  it("passes over what is no pool database, and reads its line all the same", () => {
    expect(keys(`DATABASE_URL=${url("m")}\nDATABASE_URL_POOL_SIZE=20\nOLD="\${DATABASE_URL}"`)).toEqual({
      keys: [],
      problems: [],
    });
  });

  it("accounts for each line that sets a name of interest, whatever stands around it", () => {
    const line = fc.constantFrom(
      ...['A="x', "A='", "B=`", "C=1 # y", 'D="a\\"b"', "", "export", "E: 2", "F=a'b", '"', "#'"],
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.array(line, { maxLength: 6 }), (before, after) => {
        const lines = [...before, `DATABASE_URL_POOL_4=${url("a")}`, ...after];
        const { variables, problems } = readDotenv(Buffer.from(lines.join("\n")));
        if (variables.length > 0)
          expect(variables).toEqual([{ name: "DATABASE_URL_POOL_4", value: url("a"), line: before.length + 1 }]);
        else expect(problems.join()).toContain(`line ${before.length + 1} `);
      }),
    );
  });
});
