import path from "node:path";

import { describe, expect, it } from "vitest";

import { findDangers } from "../../../scripts/sqlRules/findDangers.ts";
import { rules } from "../../../scripts/sqlRules/rules.ts";
import { applied, corpusDir, judgeCorpus, place, readFolder, realMigrations } from "./corpus.ts";

/**
 * It proves that what the corpus holds is found, by its rule and at its line. That the rules tell what PostgreSQL does is proven by
 * test/database/sqlRules.test.ts; that nobody writes a danger that is not in the corpus is proven by nothing.
 */
describe("the corpus of migrations", () => {
  it("holds at least 60 dangerous statements and 60 ordinary ones, and breaks every rule at least once", async () => {
    const dangerous = (await judgeCorpus("dangerous")).filter(({ expected }) => expected.length > 0);
    const ordinary = await judgeCorpus("ordinary");
    expect(dangerous.length).toBeGreaterThanOrEqual(60);
    expect(ordinary.length).toBeGreaterThanOrEqual(60);
    const broken = new Set(dangerous.flatMap(({ expected }) => expected));
    // A comment's own slips are in findDangers.test.ts.
    const elsewhere = ["idle-acceptance", "acceptance-without-reason"];
    // The reader of migrations refuses DROP DATABASE; PostgreSQL of Supabase knows one way to store tables.
    const outside = ["drop-database", "set-access-method"];
    expect(Object.keys(rules).filter((rule) => !broken.has(rule))).toEqual(
      expect.arrayContaining([...elsewhere, ...outside]),
    );
    expect(Object.keys(rules).filter((rule) => !broken.has(rule))).toHaveLength(4);
  });

  it("has every danger found, each by its rule and at its line, and nothing beside it", async () => {
    const wrong = (await judgeCorpus("dangerous")).filter(({ expected, found }) => expected.join() !== found.join());
    expect(wrong.map((one) => `${place(one)} expected ${one.expected.join()} found ${one.found.join()}`)).toEqual([]);
  });

  it("has no false alarm on what is ordinary", async () => {
    const alarms = (await judgeCorpus("ordinary")).filter(({ found }) => found.length > 0);
    expect(alarms.map((one) => `${place(one)} found ${one.found.join()}`)).toEqual([]);
  });

  it("has no expectation that stands above no statement", async () => {
    const written = readFolder(path.join(corpusDir, "dangerous")).flatMap(
      ({ sql }) => sql.match(/^-- expect: /gm) ?? [],
    );
    const read = (await judgeCorpus("dangerous")).filter(({ expected }) => expected.length > 0);
    expect(read).toHaveLength(written.length);
  });
});

describe("the real migrations", () => {
  it("endanger nothing in an orchestra's database, together or one after the other", async () => {
    const { orchestra } = realMigrations;
    expect(await findDangers(orchestra)).toEqual([]);
    for (const [index, file] of orchestra.entries())
      expect(await findDangers([file], orchestra.slice(0, index)), file.file).toEqual([]);
  });

  it("hide one program from view: the one that leaves the app's own table alone where it is there already", async () => {
    const found = await findDangers(realMigrations.registry);
    expect(found.map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toEqual([
      "0001_orchestra.sql:5 do-block",
      "0001_orchestra.sql:44 index-without-concurrently",
    ]);
  });

  it("and what the corpus applies before its files are ordinary", async () => {
    expect(await findDangers(applied)).toEqual([]);
  });
});
