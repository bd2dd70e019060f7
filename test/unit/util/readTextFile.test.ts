import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readSourceFile } from "../../../infra/config/parseSource.ts";
import { readMigrations } from "../../../infra/database/migrations/readMigrations.ts";
import { readSchemaFiles } from "../../../infra/database/schema/readSchemaFiles.ts";
import { readSeeds } from "../../../infra/database/seeds/readSeeds.ts";
import { UserError } from "../../../infra/errors.ts";
import { decodeText, readTextFile } from "../../../infra/util/readTextFile.ts";
import { readDotenv } from "../../../scripts/adopt/readDotenv.ts";
import { checkSqlFiles } from "../../../scripts/migrations/checkSqlFiles.ts";
import { readPrismaSchema } from "../../../scripts/fleet/verify/prisma/readPrismaSchema.ts";
import { copyFolder } from "../../database/support.ts";

const text = "å = 1\nb\n";
const utf8 = Buffer.from(text);
const bom = (encoding: "utf8" | "utf16le") => Buffer.from(`\ufeff${text}`, encoding);
const utf16be = () => bom("utf16le").swap16();
const saveAs = "save it as UTF-8";

describe("the text of a file that a person wrote", () => {
  it.each([
    ["UTF-8", utf8, text],
    ["a byte order mark", bom("utf8"), text],
    ["CRLF", Buffer.from("a\r\nb\r\n"), "a\r\nb\r\n"],
    ["nothing", Buffer.of(), ""],
    ["a byte order mark alone", Buffer.from("\ufeff"), ""],
    ["a U+FFFD of its own", Buffer.from("\ufeffa\ufffdb\ufffd"), "a\ufffdb\ufffd"],
    ["a second byte order mark, which is text", Buffer.from("\ufeff\ufeffa"), "\ufeffa"],
    ["characters of four bytes", Buffer.from("😀\u{10ffff}"), "😀\u{10ffff}"],
  ])("is read: %s", (_case, bytes, expected) => {
    expect(decodeText(bytes)).toBe(expected);
  });

  it.each<[string, Uint8Array, number, string]>([
    ["UTF-16 with its mark", bom("utf16le"), 1, `expected UTF-8 text, got UTF-16LE: ${saveAs}`],
    ["the other UTF-16", utf16be(), 1, `expected UTF-8 text, got UTF-16BE: ${saveAs}`],
    ["UTF-16 without its mark", Buffer.from("a\n", "utf16le"), 1, "UTF-16 without a byte order mark"],
    ["UTF-16 of letters that are not ASCII", Buffer.from("Жы\nЖ", "utf16le"), 2, "got a NUL character"],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 1, "got UTF-32"],
    ["Latin-1", Buffer.from("a\nb\nMalmö\n", "latin1"), 3, `bytes of another encoding (perhaps Latin-1): ${saveAs}`],
    [
      "Latin-1 behind a U+FFFD",
      Buffer.from([...Buffer.from("\ufeff\ufffd\r\nb"), 0xff]),
      2,
      "got bytes of another encoding",
    ],
    ["a surrogate in UTF-8", Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]), 2, "got bytes of another encoding"],
    ["an overlong form", Buffer.from([0xc0, 0xaf]), 1, "got bytes of another encoding"],
    ["half a character at the end", Buffer.from("å\nå").subarray(0, 4), 2, "got bytes of another encoding"],
    ["half a U+FFFD", Buffer.from([0xef, 0xbf, 0x61]), 1, "got bytes of another encoding"],
    ["NUL", Buffer.from("a\r\nb\nc\0"), 3, `got a NUL character: ${saveAs}`],
    ["a lone CR", Buffer.from("a\nb\rc\n"), 2, "got a lone CR: save it with LF line ends"],
    ["a CR at the end", Buffer.from("a\r"), 1, "got a lone CR"],
    ["more than a text holds", Buffer.alloc(8 * 1024 * 1024 + 1, 0x61), 1, "expected at most 8 MB of text, got 8.1 MB"],
  ])("is refused by its line: %s", (_case, bytes, line, reason) => {
    const problem = decodeText(bytes);
    expect(problem).toMatchObject({ line, reason: expect.stringContaining(reason) as string });
  });

  it("may be UTF-16 with its mark, or have lone CRs, where its reader says so", () => {
    for (const bytes of [bom("utf16le"), utf16be()]) expect(decodeText(bytes, { utf16: true })).toBe(text);
    expect(decodeText(Buffer.from("a\rb"), { loneCr: true })).toBe("a\rb");
    expect(decodeText(Buffer.from("a\0", "utf16le"), { utf16: true })).toMatchObject({ line: 1 });
    expect(decodeText(Buffer.from("\ufeffa\rb\0", "utf16le"), { utf16: true, loneCr: true })).toMatchObject({
      line: 2,
      got: "a NUL character",
    });
  });

  /** The largest of each kind that is looked at whole: each would take minutes if any step were quadratic. */
  it.each([
    ["U+FFFD alone", "\ufffd", 1],
    ["line ends alone", "\n", 0],
    ["CRLF and letters", "å\r\n", 0],
  ])("is decoded in one pass: 8 MB of %s, and bytes of another encoding at the end", (_case, piece) => {
    const bytes = Buffer.concat([
      Buffer.alloc(8 * 1024 * 1024 - 8, piece).subarray(0, -2),
      Buffer.from("\n\xff", "latin1"),
    ]);
    expect(decodeText(bytes)).toMatchObject({ got: "bytes of another encoding (perhaps Latin-1)" });
  });
});

describe("every reader of such files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "stagesub-text-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const messageOf = async (work: () => unknown): Promise<string> => {
    try {
      const answer = await work();
      return JSON.stringify(answer);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    }
  };

  const readers: [string, string, (file: string) => unknown][] = [
    ["a migration", "migrations/0001_a.sql", (file) => readMigrations(path.dirname(file))],
    ["a schema file", "made/schema/postgres-17.txt", (file) => readSchemaFiles(path.join(file, "../.."))],
    ["the stack file", "stacks/Pulumi.x.yaml", (file) => readSourceFile("x", path.join(file, "../.."))],
    ["a Prisma schema", "schema.prisma", (file) => readPrismaSchema(file)],
    ["SQL that is judged", "judged.sql", (file) => checkSqlFiles([file])],
  ];
  const inputs: [string, Buffer, RegExp][] = [
    ["20 MB", Buffer.alloc(20 * 1024 * 1024, "-- x\n"), /expected.*at most 8 MB of text(,|\n *)? *got:? *20 MB/],
    ["UTF-16", bom("utf16le"), /UTF-16LE/],
    ["Latin-1", Buffer.from("a\nMalmö\n", "latin1"), /(:2\b|"line":2)[^]*Latin-1/],
    ["NUL", Buffer.from("a\n\0"), /(:2\b|"line":2)[^]*NUL/],
    ["a lone CR", Buffer.from("-- a\rb\n"), /lone CR/],
  ];

  it.each(
    readers.flatMap(([reader, ...rest]) =>
      inputs.map(([input, ...more]) => [reader, input, ...rest, ...more] as const),
    ),
  )("refuses for %s, as a message: %s", async (_reader, _input, name, read, bytes, message) => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
    expect(await messageOf(() => read(file))).toMatch(message);
  });

  it("refuses a folder in a file's place", async () => {
    const file = path.join(folder, "folder/0001_a.sql");
    await mkdir(file, { recursive: true });
    expect(readTextFile(file)).toMatchObject({ expected: "a file that can be read", got: "the error EISDIR" });
    expect(await messageOf(() => readMigrations(path.dirname(file)))).toContain("0001_a.sql:1: expected a file");
  });

  it("refuses a seed by its line, and its encoding by name", async () => {
    const seeds = await copyFolder("seeds/orchestra");
    await writeFile(path.join(seeds, "settings.yaml"), Buffer.alloc(20 * 1024 * 1024, "# x\n"));
    await writeFile(path.join(seeds, "templates/filled.en.md"), Buffer.from("---\nsubject: Malmö\n---\n", "latin1"));
    await writeFile(path.join(seeds, "templates/filled.sv.md"), bom("utf16le"));
    const message = await messageOf(() => readSeeds(seeds));
    expect(message.replaceAll(seeds, "seeds")).toMatchInlineSnapshot(`
      "Refusing these seeds:
      - seeds/templates/filled.sv.md:1: expected UTF-8 text, got UTF-16LE: save it as UTF-8.
      - seeds/templates/filled.en.md:2: expected UTF-8 text, got bytes of another encoding (perhaps Latin-1): save it as UTF-8.
      - seeds/settings.yaml:1: expected at most 8 MB of text, got 20 MB: keep data apart from it."
    `);
  });

  it("reads a dotenv file in UTF-16, refuses one of 20 MB, and one in another encoding by its line", () => {
    const read = (bytes: Buffer) => readDotenv(bytes);
    expect(read(Buffer.from("\ufeffDATABASE_URL=x\r\n", "utf16le")).variables).toHaveLength(1);
    expect(read(Buffer.alloc(20 * 1024 * 1024, "A=1\n")).problems.join()).toContain("line 1: expected at most 8 MB");
    expect(read(Buffer.from("A=1\nDATABASE_URL=å", "latin1")).problems.join()).toMatch(/^line 2: .*Latin-1/);
  });
});
