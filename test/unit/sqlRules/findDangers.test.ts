import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { DatabaseError } from "../../../infra/database/databaseError.ts";
import { findDangers, type SqlDanger } from "../../../scripts/sqlRules/findDangers.ts";
import { hostileText } from "../../support/hostileNames.ts";
import { applied, readFolder, corpusDir } from "./corpus.ts";

const migration = (up: string) =>
  `-- What it does.\n\n-- Up Migration\n${up}\n\n-- Down Migration\nDROP TABLE "User";\n`;

/** What is found in one pending file over the corpus's databases; line 4 is the first below the mark. */
async function find(up: string): Promise<SqlDanger[]> {
  return findDangers([{ file: "0013_x.sql", sql: migration(up) }], applied);
}

const brief = (dangers: readonly SqlDanger[]) => dangers.map(({ line, rule }) => `${line} ${rule}`);

describe("a danger", () => {
  it("says where it stands, what it does and at which table, and what to do instead", async () => {
    expect(await find(`\n/* gone */ DROP TABLE /* really */\n  "User" ; SELECT 1;`)).toMatchInlineSnapshot(`
      [
        {
          "effect": "destroys",
          "file": "0013_x.sql",
          "instead": "First release an app that does not use it any more, keep a backup, and drop it in a later change that accepts this rule.",
          "line": 5,
          "refused": true,
          "rule": "drop-table",
          "says": "Deletes the table public."User" with every row in it.",
          "statement": "DROP TABLE "User"",
          "table": "public."User"",
        },
      ]
    `);
  });

  it("is told with at most 200 characters of its statement, on one line", async () => {
    const [danger] = await find(`DELETE FROM "User"\n\n${"  RETURNING 'å'".padEnd(20)}${", 'ö'".repeat(100)};`);
    expect(danger!.statement).toHaveLength(200);
    expect(danger!.statement).toMatch(/^DELETE FROM "User" RETURNING 'å' , 'ö'.*…$/);
  });

  it("keeps its line behind letters of several bytes, strings and comments that hold semicolons", async () => {
    expect(
      brief(await find(`-- 🎻 åäö;\nSELECT 'ÅÄÖ;\n🎻', $x$;\n$x$; /* ;\n */\nTRUNCATE "User"; DROP TABLE "User";`)),
    ).toEqual(["9 truncate", "9 drop-table"]);
  });

  it("is looked for in the part that migrates alone", async () => {
    expect(await find("SELECT 1;")).toEqual([]);
  });

  it("is told for each action of an ALTER TABLE, and for each name of a DROP", async () => {
    const found = await find(
      `ALTER TABLE "User" DROP COLUMN "name", DROP COLUMN "email"; DROP VIEW "ActiveMusician", nothing;`,
    );
    expect(found.map(({ says }) => says)).toMatchInlineSnapshot(`
      [
        "Deletes the column name of public."User" with every value in it.",
        "Deletes the column email of public."User" with every value in it.",
        "Deletes the view public."ActiveMusician": whoever reads it fails.",
        "Deletes the view public.nothing: whoever reads it fails.",
      ]
    `);
  });

  it("names a table as format('%I.%I') does", async () => {
    const tables = [`user_2`, `"user"`, `"Or""der"`, `archive.t`, `"order"`, `"1st"`, `UPPER`];
    const found = await find(tables.map((table) => `TRUNCATE ${table};`).join("\n"));
    expect(found.map(({ table }) => table)).toEqual([
      "public.user_2",
      `public."user"`,
      `public."Or""der"`,
      "archive.t",
      `public."order"`,
      `public."1st"`,
      "public.upper",
    ]);
  });
});

describe("what the pending files make themselves", () => {
  it("holds no rows, also when another file made it", async () => {
    const files = [
      { file: "0013_a.sql", sql: migration(`CREATE TABLE a (b int); CREATE INDEX a_b ON a (b);`) },
      {
        file: "0014_b.sql",
        sql: migration(`CREATE INDEX a_c ON public.a (b); DROP INDEX a_b; TRUNCATE a; DROP TABLE a;`),
      },
    ];
    expect(await findDangers(files, applied)).toEqual([]);
    expect(brief(await findDangers(files.slice(1), files.slice(0, 1)))).toEqual([
      "4 index-without-concurrently",
      "4 drop-index",
      "4 truncate",
      "4 drop-table",
    ]);
  });

  it("counts as there before where IF NOT EXISTS may have found it", async () => {
    const statements = `CREATE INDEX x ON "New" ("a"); ALTER TABLE "New" DROP COLUMN "a"; DELETE FROM "New"; DROP TABLE "New";`;
    // Nobody waits for a table that is most likely new; what would be lost is lost.
    expect(brief(await find(`CREATE TABLE IF NOT EXISTS "New" ("a" int); ${statements}`))).toEqual([
      "4 drop-column",
      "4 delete-without-where",
      "4 drop-table",
    ]);
    expect(
      brief(
        await find(`CREATE TABLE IF NOT EXISTS "User" ("a" int); TRUNCATE "User"; CREATE INDEX x ON "User" ("name");`),
      ),
    ).toEqual(["4 truncate", "4 index-without-concurrently"]);
  });

  it("follows a renamed table and a search_path", async () => {
    expect(brief(await find(`CREATE TABLE a (b int); ALTER TABLE a RENAME TO c; DROP TABLE c;`))).toEqual([]);
    expect(brief(await find(`CREATE SCHEMA s; CREATE TABLE s.t (a int); SET search_path TO s; TRUNCATE t;`))).toEqual(
      [],
    );
    expect(brief(await find(`CREATE TABLE t (a int); SET search_path = archive, public; TRUNCATE t;`))).toEqual([
      "4 truncate",
    ]);
    expect(brief(await find(`CREATE TABLE a (b int); DROP TABLE a; CREATE TABLE a (b int); TRUNCATE a;`))).toEqual([]);
  });

  it("is filled without loss: only every row is written again", async () => {
    const [danger] = await find(`ALTER TABLE "User" ADD COLUMN "x" int; UPDATE "User" SET "x" = 1;`);
    expect(danger).toMatchObject({ rule: "update-without-where", effect: "rewrites", refused: false });
  });
});

describe("without the files that are applied", () => {
  it("takes the worse for granted", async () => {
    const sql = migration(
      `ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE text;\nDROP INDEX "Musician_email_key";`,
    );
    const found = await findDangers([{ file: "0013_x.sql", sql }]);
    expect(found.map(({ rule, table }) => [rule, table])).toEqual([
      ["change-column-type", `public."Musician"`],
      ["drop-index", undefined],
    ]);
    const known = await findDangers([{ file: "0013_x.sql", sql }], applied);
    expect(known.map(({ rule, table }) => [rule, table])).toEqual([["drop-index", `public."Musician"`]]);
  });
});

describe("an acceptance", () => {
  it("takes the refusal away with its reason, for each action of its statement and for no other", async () => {
    const found = await find(
      `-- No longer read since 2.4.
-- accept: drop-column: copied into "Contact" by 0012
-- accept: drop-table: empty: nobody wrote it
/* a remark */
ALTER TABLE "User" DROP COLUMN "name", DROP COLUMN "email";
-- accept: drop-table: empty: nobody wrote it
DROP TABLE "User";
TRUNCATE "AuditLog";`,
    );
    expect(found.map(({ line, rule, refused, accepted }) => [line, rule, refused, accepted])).toEqual([
      [6, "idle-acceptance", true, undefined],
      [8, "drop-column", false, `copied into "Contact" by 0012`],
      [8, "drop-column", false, `copied into "Contact" by 0012`],
      [10, "drop-table", false, "empty: nobody wrote it"],
      [11, "truncate", true, undefined],
    ]);
  });

  it.each([
    ["gives no reason", "-- accept: truncate", "acceptance-without-reason"],
    ["gives an empty reason", "-- accept: truncate:   ", "acceptance-without-reason"],
    ["names another rule", "-- accept: drop-table: because", "idle-acceptance"],
    ["names no rule that exists", "-- accept: trunkate: because", "idle-acceptance"],
    ["names none", "-- accept: because", "idle-acceptance"],
    ["is not right above", "-- accept: truncate: because\n", "idle-acceptance"],
    ["stands behind another statement", "SELECT 1; -- accept: truncate: because", "idle-acceptance"],
    ["is misspelt", "-- accepts truncate: because", "idle-acceptance"],
    ["is written otherwise", "--ACCEPT : truncate: because", "idle-acceptance"],
  ])("that %s is told of, and accepts nothing", async (_what, comment, rule) => {
    const found = await find(`${comment}\nTRUNCATE "User";`);
    expect(found.map((danger) => danger.rule).sort()).toEqual([rule, "truncate"].sort());
    expect(found.every(({ refused, accepted }) => refused && accepted === undefined)).toBe(true);
  });

  it("is not what prose says", async () => {
    expect(await find(`-- Accepts old requests: they have no answer.\n-- accept the truth\nSELECT 1;`)).toEqual([]);
  });

  it("inside a string is none", async () => {
    expect(await find(`SELECT '\n-- accept: truncate: because\n';`)).toEqual([]);
  });
});

describe("a DELETE or an UPDATE", () => {
  it.each([
    `true`,
    `TRUE AND 't'::boolean`,
    `1 = 1`,
    `1 <> 2`,
    `2 > 1`,
    `'a' = 'a'`,
    `"id" = "id"`,
    `NOT (1 = 2)`,
    `NOT false`,
    `"name" = 'x' OR true`,
    `true IS TRUE`,
    `"id" IS NOT NULL`,
    `"User"."id" IS NOT NULL`,
    `"name" LIKE '%'`,
  ])("WHERE %s meets every row", async (condition) => {
    expect(brief(await find(`DELETE FROM "User" WHERE ${condition};`))).toEqual(["4 delete-without-where"]);
    expect(brief(await find(`UPDATE "User" SET "name" = '' WHERE ${condition};`))).toEqual(["4 update-without-where"]);
  });

  it.each([
    `"lastLoginAt" IS NOT NULL`,
    `"id" = '1'`,
    `random() = random()`,
    `false`,
    `1 = 2`,
    `"a" = "b"`,
    `true AND "id" = '1'`,
    `"name" LIKE 'a%'`,
  ])("WHERE %s does not", async (condition) => {
    expect(await find(`DELETE FROM "User" WHERE ${condition};`)).toEqual([]);
  });
});

describe("SQL that does not parse", () => {
  it("is refused with the file, the line and what the parser said, all files at once", async () => {
    const files = [
      { file: "0013_x.sql", sql: migration(`SELECT 'ÅÄÖ 🎻🎻🎻';\nSELEC 1;`) },
      { file: "0014_y.sql", sql: migration("SELECT 1;") },
      { file: "0015_z.sql", sql: migration(`\n\nDO $$ never closed\n${"x ".repeat(1000)}`) },
      { file: "0016_nul.sql", sql: migration(`SELECT 1;\n\0 DROP TABLE "User";`) },
    ];
    const error = await findDangers(files).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseError);
    expect((error as Error).message).toMatchInlineSnapshot(`
      "Expected SQL that PostgreSQL 17 can read, got:
      - 0013_x.sql:5: syntax error at or near "SELEC".
      - 0015_z.sql:6: unterminated dollar-quoted string at or near "$$ never closed x x x x x x x x x x x x x x x x x x x x x x x x x x x x x….
      - 0016_nul.sql:5: a NUL character, which PostgreSQL does not take.
      Mend it, then ask again."
    `);
  });

  const deep = (count: number, open: string, close: string) => `SELECT ${open.repeat(count)}1${close.repeat(count)}`;
  it.each([
    deep(100_000, "(", ")"),
    deep(3_000, "(SELECT ", ")"),
    `DELETE FROM "User" WHERE ${"NOT ".repeat(5_000)}true`,
    `DELETE FROM "User" WHERE ${"1 = 1 AND (".repeat(2_000)}true${")".repeat(2_000)}`,
    `SELECT ${"1 + ".repeat(50_000)}1`,
  ])("for its depth is refused likewise, and the next file is read as ever (%#)", async (sql) => {
    const error = await find(sql).catch((thrown: unknown) => thrown);
    if (!Array.isArray(error)) {
      expect(error).toBeInstanceOf(DatabaseError);
      expect((error as Error).message).toMatch(/0013_x\.sql:[34]: .*(memory exhausted|nested too deeply)/);
    }
    expect(brief(await find("TRUNCATE a;"))).toEqual(["4 truncate"]);
  });
});

describe("whatever text a file holds", () => {
  const pieces = readFolder(`${corpusDir}/dangerous`).flatMap(({ sql }) => sql.split(/(?<=[\s(;])/));
  const sqlLike = fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: hostileText }), {
      maxLength: 40,
    })
    .map((parts) => parts.join(""));
  /** Statements that parse, in any order and mixture. */
  const whole = readFolder(`${corpusDir}/dangerous`).flatMap(({ sql }) =>
    sql.slice(sql.indexOf("-- Up Migration") + 15, sql.indexOf("-- Down Migration")).split(/(?<=;)\n\n/),
  );
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    hostileText,
    sqlLike,
    fc.array(fc.constantFrom(...whole), { maxLength: 12 }).map((parts) => parts.join("\n")),
    fc
      .tuple(fc.constantFrom(...whole), fc.nat(), fc.nat())
      .map(([text, from, to]) => text.slice(0, from % text.length) + text.slice(to % text.length)),
  );

  it("is refused without half a character where its message is cut in the middle of one", async () => {
    for (let digits = 50; digits < 80; digits++) {
      const sql = `0x10${"a".repeat(digits)}\u{10000}`;
      const refusal = await findDangers([{ file: "0013_x.sql", sql }]).catch((error: Error) => error.message);
      expect(refusal).toContain("trailing junk after numeric literal");
      expect(refusal).not.toMatch(/\p{Cs}/u);
    }
  });

  it("is judged, or refused by file and line", async () => {
    let judged = 0;
    await fc.assert(
      fc.asyncProperty(anyText, fc.boolean(), async (text, marked) => {
        const sql = marked ? migration(text) : text;
        try {
          for (const danger of await findDangers([{ file: "0013_x.sql", sql }], applied.slice(0, 2))) {
            expect(danger.line).toBeLessThanOrEqual(sql.split("\n").length);
            expect(danger.statement.length).toBeLessThanOrEqual(200);
            expect(danger.statement + danger.says).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
            judged++;
          }
        } catch (error) {
          if (!(error instanceof DatabaseError)) throw error;
          expect(error.message).toMatch(/0013_x\.sql:\d+: \S/);
          expect(error.message.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(judged).toBeGreaterThan(500);
  });
});
