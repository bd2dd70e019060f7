import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findLedgerProblems } from "../../infra/database/migrations/ledger.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { splitStatements } from "../../infra/database/migrations/sqlStatements.ts";
import { messageOf, root } from "./support.ts";

describe("readMigrations", () => {
  it("reads the shipped ones, sorted, with digests", () => {
    for (const folder of ["orchestra", "registry"]) {
      const migrations = readMigrations(path.join(root, "migrations", folder));
      expect(migrations.map(({ file }) => file)).toEqual(migrations.map(({ file }) => file).sort());
      for (const { up, sha256 } of migrations) {
        expect(up).toMatch(/^-- Up Migration\n/);
        expect(up).not.toContain("Down Migration");
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });

  it("names everything that is wrong at once, with file and line", async () => {
    const folder = await writeFolder({
      "0001_users.sql": "-- Up Migration\nSELECT 1;\n",
      "0001_again.sql": "-- Up Migration\nSELECT 1;\n",
      "2_short.sql": "-- Up Migration\nSELECT 1;\n",
      "notes.txt": "-- Up Migration\nSELECT 1;\n",
      "0003_unmarked.sql": "SELECT 1;\n",
      "0004_turned.sql": "-- Down Migration\nSELECT 1;\n-- Up Migration\nSELECT 1;\n",
      "0005_above.sql": "CREATE TABLE lost ();\n-- Up Migration\nSELECT 1;\n",
      "0006_empty.sql": "-- Up Migration\n-- nothing\n-- Down Migration\nSELECT 1;\n",
      "0007_commits.sql":
        "\n-- Up Migration\nSELECT 'COMMIT; --';\n/* BEGIN; /* COMMIT; */ */\nSELECT $$ROLLBACK;$$; commit ;\nVACUUM;\nCREATE UNIQUE INDEX\n  CONCURRENTLY i ON t (a);\n-- Down Migration\nCOMMIT;",
      ".hidden": "",
    });
    const message = await messageOf(Promise.resolve().then(() => readMigrations(folder)));
    expect(message.replaceAll(folder, "migrations")).toMatchInlineSnapshot(`
      "Refusing these migrations:
      - migrations/0001_users.sql: the number 0001 is taken by 0001_again.sql; take the next free one.
      - migrations/2_short.sql: expected a name like 0012_what_it_does.sql; rename it or move it elsewhere.
      - migrations/notes.txt: expected a name like 0012_what_it_does.sql; rename it or move it elsewhere.
      - migrations/0003_unmarked.sql: expected a line "-- Up Migration" above the SQL that migrates.
      - migrations/0004_turned.sql:1: "-- Up Migration" must come before "-- Down Migration".
      - migrations/0005_above.sql:1: SQL above "-- Up Migration" would never run; move it below.
      - migrations/0006_empty.sql:1: no SQL below "-- Up Migration".
      - migrations/0007_commits.sql:5: COMMIT: all pending migrations run in one transaction, which the program opens and closes. Remove it.
      - migrations/0007_commits.sql:6: VACUUM cannot run inside the one transaction of a migration. Give it a file of its own whose first line is "-- no-transaction".
      - migrations/0007_commits.sql:7: CONCURRENTLY cannot run inside the one transaction of a migration. Give it a file of its own whose first line is "-- no-transaction"."
    `);
  });

  it.each([
    ['CREATE INDEX CONCURRENTLY "a b" ON "T" ("x")', "create index"],
    ["/* CONCURRENTLY */ create unique index\n concurrently if not exists i on t using gin (x);", "create index"],
    ['DROP INDEX CONCURRENTLY IF EXISTS "i"', "drop index"],
    ["REINDEX (VERBOSE) TABLE CONCURRENTLY t", "reindex"],
    ['ALTER TABLE "T" DETACH PARTITION "T_2026" CONCURRENTLY', "detach partition"],
    ["VACUUM (ANALYZE) t", "vacuum"],
    [`ALTER TYPE "E" ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'`, "add value"],
  ])("takes one statement that can be run again into a marked file: %s", async (sql, kind) => {
    const folder = await writeFolder({ "0001_alone.sql": `-- no-transaction\n\n-- Up Migration\n${sql}\n` });
    expect(readMigrations(folder)[0]!.nonTransactional).toMatchObject({ kind, line: 4 });
  });

  it.each([
    ["CREATE INDEX CONCURRENTLY ON t (x)", /0001_alone\.sql:4: expected CREATE INDEX CONCURRENTLY <name> ON/],
    ["CREATE INDEX CONCURRENTLY i ON public.t (x)", /:4: expected CREATE INDEX/],
    ["CREATE INDEX i ON t (x)", /leave the mark out/],
    ["VACUUM FULL t", /VACUUM without FULL/],
    ["VACUUM (FULL, ANALYZE) t", /VACUUM without FULL/],
    [`ALTER TYPE e ADD VALUE 'x'`, /ADD VALUE IF NOT EXISTS/],
    ["REINDEX DATABASE CONCURRENTLY d", /REINDEX INDEX or TABLE/],
    ["UPDATE t SET x = 1", /leave the mark out/],
    ["ALTER TABLE t DETACH PARTITION u", /DETACH PARTITION <name> CONCURRENTLY/],
    ["VACUUM t; VACUUM u", /:4: expected one statement in a file marked "-- no-transaction", got 2/],
  ])("refuses anything else in a marked file: %s", async (sql, reason) => {
    const folder = await writeFolder({ "0001_alone.sql": `-- no-transaction\n\n-- Up Migration\n${sql}\n` });
    expect(() => readMigrations(folder)).toThrow(reason);
  });

  it("takes the mark in the first line alone", async () => {
    const text = "-- Why\n-- no-transaction\n-- Up Migration\nVACUUM t;\n";
    const folder = await writeFolder({ "0001_late.sql": text });
    expect(() => readMigrations(folder)).toThrow(
      /0001_late\.sql:2: expected "-- no-transaction" as the very first line/,
    );
  });

  it("refuses a folder that is missing or empty", async () => {
    const folder = await writeFolder({});
    expect(() => readMigrations(folder)).toThrow(/expected at least one migration, found none/);
    expect(() => readMigrations(path.join(folder, "none"))).toThrow(/^Expected a folder of migrations, cannot read/);
  });
});

describe("splitStatements", () => {
  it.each([
    ["SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]],
    ["SELECT ';', \";\", E'\\';', $$;$$, $a$ ; $$ ; $a$; SELECT 2;", ["SELECT '', \"\", '', '', ''", "SELECT 2"]],
    ["-- a;\n/* b; /* c; */ d; */ SELECT 1 -- e;\n;", ["SELECT 1"]],
    ["SELECT it$a$; SELECT 'it''s; ok'", ["SELECT IT$A$", "SELECT ''"]],
    [
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
      ["CREATE FUNCTION F() RETURNS INT BEGIN ATOMIC SELECT CASE WHEN TRUE THEN 1 END; SELECT 2; END", "SELECT 3"],
    ],
    [" ;; ", []],
    ["SELECT 'open", ["SELECT 'OPEN"]],
  ])("splits %s", (sql, expected) => {
    expect(splitStatements(sql).map(({ code }) => code)).toEqual(expected);
  });

  it("knows the line of each statement's first word", () => {
    expect(splitStatements("\n-- one\nSELECT\n1;\n\n/* two\n*/ SELECT 2;").map(({ line }) => line)).toEqual([3, 7]);
  });
});

describe("findLedgerProblems", () => {
  const file = (name: string, sha256 = "a".repeat(64)) => ({ file: name, sha256 });
  const ledger = { "0001_a.sql": "a".repeat(64), "0003_c.sql": "a".repeat(64) };

  it("finds nothing where new files come after the applied ones", () => {
    expect(findLedgerProblems([file("0001_a.sql"), file("0003_c.sql"), file("0004_d.sql")], ledger)).toEqual([]);
    expect(findLedgerProblems([file("0001_a.sql")], {})).toEqual([]);
  });

  it("finds the edited, the removed and the late", () => {
    expect(findLedgerProblems([file("0001_a.sql", "b".repeat(64)), file("0002_b.sql")], ledger)).toEqual([
      expect.stringMatching(/^0001_a\.sql was edited after it was applied/),
      expect.stringMatching(/^0003_c\.sql was applied but is gone from disk/),
      expect.stringMatching(/^0002_b\.sql is new but sorts before 0003_c\.sql/),
    ]);
  });
});

async function writeFolder(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "stagesub-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}
