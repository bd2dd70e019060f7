import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { findDangers, type SqlDanger } from "../../../infra/database/migrations/rules/findDangers.ts";
import { hostileText } from "../../support/hostileNames.ts";
import { applied, corpusDir, readFolder, toFile } from "./corpus.ts";

const migration = (up: string) =>
  `-- What it does.\n\n-- Up Migration\n${up}\n\n-- Down Migration\nDROP TABLE "User";\n`;

/** Returns the dangers in one pending file over the corpus's databases; line 4 is the first below the mark. */
async function find(up: string): Promise<SqlDanger[]> {
  return judge(applied, migration(up));
}

async function judge(before: readonly ReturnType<typeof toFile>[], sql: string): Promise<SqlDanger[]> {
  return findDangers([...before, toFile("0013_x.sql", sql)], (file) => file === "0013_x.sql");
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
    ).toEqual(["9 delete-rows", "9 drop-table"]);
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
        "Deletes the view public."ActiveMusician": whatever uses it fails or behaves differently, and one made again by its name has lost its rights.",
        "Deletes the view public.nothing: whatever uses it fails or behaves differently, and one made again by its name has lost its rights.",
      ]
    `);
  });

  it("names a table with its schema, behind which a keyword needs no quotes", async () => {
    const tables = [`user_2`, `"user"`, `"Or""der"`, `archive.t`, `"order"`, `"1st"`, `UPPER`];
    const found = await find(tables.map((table) => `TRUNCATE ${table};`).join("\n"));
    expect(found.map(({ table }) => table)).toEqual([
      "public.user_2",
      "public.user",
      `public."Or""der"`,
      "archive.t",
      "public.order",
      `public."1st"`,
      "public.upper",
    ]);
  });
});

describe("what a file makes itself", () => {
  it("is its own affair, and that of no other file", async () => {
    const files = [
      toFile("0013_a.sql", migration(`CREATE TABLE a (b int); CREATE INDEX a_b ON a (b); DELETE FROM a; TRUNCATE a;`)),
      toFile("0014_b.sql", migration(`CREATE INDEX a_c ON public.a (b); DROP INDEX a_b; TRUNCATE a; DROP TABLE a;`)),
    ];
    // Holds even with both files pending: another database may have had the first file for a year.
    expect(brief(await findDangers([...applied, ...files], (file) => /^001[34]/.test(file)))).toEqual([
      "4 index-without-concurrently",
      "4 drop-index",
      "4 delete-rows",
      "4 drop-table",
    ]);
  });

  it("counts as there before where IF NOT EXISTS may have found it, if something would be lost", async () => {
    const statements = `CREATE INDEX x ON "New" ("a"); ALTER TABLE "New" DROP COLUMN "a"; DELETE FROM "New"; DROP TABLE "New";`;
    expect(brief(await find(`CREATE TABLE IF NOT EXISTS "New" ("a" int); ${statements}`))).toEqual([
      "4 drop-column",
      "4 delete-rows",
      "4 drop-table",
    ]);
    expect(
      brief(await find(`CREATE TABLE IF NOT EXISTS "User" ("a" int); CREATE INDEX x ON "User" ("name");`)),
    ).toEqual(["4 index-without-concurrently"]);
  });

  it("follows a renamed table, a schema and a dropped name", async () => {
    expect(brief(await find(`CREATE TABLE a (b int); ALTER TABLE a RENAME TO c; DROP TABLE c;`))).toEqual([]);
    expect(brief(await find(`CREATE SCHEMA s; CREATE TABLE s.t (a int); TRUNCATE s.t; TRUNCATE t;`))).toEqual([
      "4 delete-rows",
    ]);
    expect(brief(await find(`CREATE TABLE a (b int); DROP TABLE a; TRUNCATE a;`))).toEqual(["4 delete-rows"]);
  });

  it.each([
    [
      "a temporary table's namesake",
      `CREATE TEMP TABLE "User" (a int); DELETE FROM "User"; DELETE FROM public."User";`,
      "delete-rows",
    ],
    ["a view of others' rows", `CREATE VIEW v AS SELECT * FROM "User"; DELETE FROM v;`, "delete-rows"],
    [
      "a table that others' keys point at",
      `CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE "User" ADD COLUMN a int REFERENCES a ON DELETE CASCADE; DELETE FROM a;`,
      "delete-rows",
    ],
    [
      "a table that got a part with rows",
      `CREATE TABLE a (id text, "on" date) PARTITION BY RANGE ("on"); ALTER TABLE a ATTACH PARTITION "Attendance_2024" DEFAULT; DELETE FROM a;`,
      "attach-partition, delete-rows",
    ],
    [
      "a table whose trigger runs more",
      `CREATE TABLE a (id int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM "User"; RETURN NEW; END';
       CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); INSERT INTO a VALUES (1);`,
      "calls-function",
    ],
    ["a table that goes with all that hangs on it", `CREATE TYPE t AS ENUM ('a'); DROP TYPE t CASCADE;`, "drop-object"],
  ])("does not cover %s", async (_what, sql, rules) => {
    expect((await find(sql)).map(({ rule }) => rule).join(", ")).toBe(rules);
  });
});

describe("without the files before it", () => {
  it("takes the worse for granted", async () => {
    const sql = migration(
      `ALTER TABLE "Musician" ALTER COLUMN "nickname" TYPE varchar(60);\nDROP INDEX "Musician_email_key";`,
    );
    expect((await judge([], sql)).map(({ rule, table }) => [rule, table])).toEqual([
      ["narrow-type", `public."Musician"`],
      ["drop-index", undefined],
    ]);
    expect((await judge(applied, sql)).map(({ rule, table }) => [rule, table])).toEqual([
      ["drop-check", `public."Musician"`],
    ]);
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
      [11, "delete-rows", true, undefined],
    ]);
  });

  it.each([
    ["gives no reason", "-- accept: delete-rows", "acceptance-without-reason"],
    ["gives an empty reason", "-- accept: delete-rows:   ", "acceptance-without-reason"],
    ["names another rule", "-- accept: drop-table: because", "idle-acceptance"],
    ["names no rule that exists", "-- accept: trunkate: because", "idle-acceptance"],
    ["names none", "-- accept: because", "idle-acceptance"],
    ["is not right above", "-- accept: delete-rows: because\n", "idle-acceptance"],
    ["stands behind another statement", "SELECT 1; -- accept: delete-rows: because", "idle-acceptance"],
    ["is misspelt", "-- accepts delete-rows: because", "idle-acceptance"],
    ["is written otherwise", "--ACCEPT : delete-rows: because", "idle-acceptance"],
  ])("that %s is told of, and accepts nothing", async (_what, comment, rule) => {
    const found = await find(`${comment}\nTRUNCATE "User";`);
    expect(found.map((danger) => danger.rule).sort()).toEqual([rule, "delete-rows"].sort());
    expect(found.every(({ refused, accepted }) => refused && accepted === undefined)).toBe(true);
  });

  it("is not what prose says", async () => {
    expect(await find(`-- Accepts old requests: they have no answer.\n-- accept the truth\nSELECT 1;`)).toEqual([]);
  });

  it("inside a string is none", async () => {
    expect(await find(`SELECT '\n-- accept: delete-rows: because\n';`)).toEqual([]);
  });
});

describe("SQL that does not parse", () => {
  it.each([
    [`SELECT 'ÅÄÖ 🎻🎻🎻';\nSELEC 1;`, `5 unreadable PostgreSQL 17 cannot read this: syntax error at or near "SELEC".`],
    [
      `\n\nDO $$ never closed\n${"x ".repeat(1000)}`,
      "6 unreadable PostgreSQL 17 cannot read this: unterminated dollar-quoted",
    ],
    [`SELECT 1;\n\0 DROP TABLE "User";`, "5 unreadable PostgreSQL 17 cannot read this: a NUL character"],
    [`\\connect postgres\nSELECT 1;`, "4 psql-command \\connect postgres is a command of psql"],
    [`SELECT 1;\n\\i other.sql\nSELECT 1;`, "5 psql-command \\i other.sql is a command of psql"],
    [`SELECT 1 \\gexec\n`, "4 unreadable PostgreSQL 17 cannot read this: syntax error"],
    [
      `COPY "User" (id) FROM stdin;\n1\n\\.\n`,
      `4 copy-data COPY moves data from or to a place outside this file: COPY "User" (id) FROM stdin;`,
    ],
  ])("is refused with its line and its reason: %j", async (sql, expected) => {
    const found = await find(sql);
    expect(found.map(({ line, rule, says }) => `${line} ${rule} ${says}`)).toEqual([expect.stringContaining(expected)]);
    expect(found[0]!.refused).toBe(true);
  });

  const deep = (count: number, open: string, close: string) => `SELECT ${open.repeat(count)}1${close.repeat(count)}`;
  it.each([
    deep(100_000, "(", ")"),
    deep(3_000, "(SELECT ", ")"),
    `DELETE FROM "User" WHERE ${"NOT ".repeat(5_000)}true`,
    `DELETE FROM "User" WHERE ${"1 = 1 AND (".repeat(2_000)}true${")".repeat(2_000)}`,
    `SELECT ${"1 + ".repeat(50_000)}1`,
  ])("for its depth is refused likewise, and the next file is read as ever (%#)", async (sql) => {
    for (const { rule } of await find(sql)) expect(["unreadable", "delete-rows"]).toContain(rule);
    expect(brief(await find("TRUNCATE a;"))).toEqual(["4 delete-rows"]);
  });

  it("is read however long it is", async () => {
    const insert = `INSERT INTO "SystemSetting" ("key", "value") VALUES ('a', 'b'); -- one\n`;
    expect(brief(await find(`${insert.repeat(20_000)}TRUNCATE a;`))).toEqual(["20004 delete-rows"]);
  }, 120_000);
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
      const [danger] = await judge([], sql);
      const refusal = danger!.says;
      expect(refusal).toContain("trailing junk after numeric literal");
      expect(refusal).not.toMatch(/\p{Cs}/u);
    }
    const [command] = await judge([], "\\\udfff");
    expect(command!.says).toContain("\\\\u{dfff}");
  });

  it("is judged by line, and never without a word", async () => {
    let judged = 0;
    await fc.assert(
      fc.asyncProperty(anyText, fc.boolean(), async (text, marked) => {
        const sql = marked ? migration(text) : text;
        for (const danger of await judge(applied.slice(0, 2), sql)) {
          expect(danger.line).toBeLessThanOrEqual(sql.split("\n").length);
          expect(danger.statement.length).toBeLessThanOrEqual(200);
          expect(danger.statement + danger.says).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
          judged++;
        }
      }),
      { numRuns: 2_000 },
    );
    expect(judged).toBeGreaterThan(500);
  });
});
