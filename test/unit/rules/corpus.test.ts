import path from "node:path";

import { describe, expect, it } from "vitest";

import { findDangers } from "../../../infra/database/migrations/rules/findDangers.ts";
import { applied, corpusDir, judgeCorpus, place, readFolder, realMigrations } from "./corpus.ts";

/**
 * It proves that what the corpus holds is judged as its lines say. The corpus was written here, with the rules in mind: it proves nothing of
 * other people's migrations; docs/sql-rules.md says what was measured on those. That rules about locks tell what PostgreSQL does is proven by
 * test/database/sqlRules.test.ts.
 */
describe("the corpus of migrations", () => {
  it("is judged as its lines say, each statement by its rules and at its line", async () => {
    const all = [...(await judgeCorpus("dangerous")), ...(await judgeCorpus("ordinary"))];
    const wrong = all.filter(({ expected, found }) => expected.join() !== found.join());
    expect(wrong.map((one) => `${place(one)} expected ${one.expected.join()} found ${one.found.join()}`)).toEqual([]);
    expect(all.filter(({ expected }) => expected.length > 0).length).toBeGreaterThan(120);
    expect(all.filter(({ expected }) => expected.length === 0).length).toBeGreaterThan(60);
  });

  it("has no expectation that stands above no statement", async () => {
    for (const part of ["dangerous", "ordinary"] as const) {
      const written = readFolder(path.join(corpusDir, part)).flatMap(({ sql }) => sql.match(/^-- expect: /gm) ?? []);
      const read = (await judgeCorpus(part)).filter(({ expected }) => expected.length > 0);
      expect(read).toHaveLength(written.length);
    }
  });
});

describe("the real migrations", () => {
  it("hold nothing that is refused, and nothing to warn of in an orchestra's database", async () => {
    expect(await findDangers(realMigrations.orchestra)).toEqual([]);
    const found = await findDangers(realMigrations.registry);
    expect(found.filter(({ refused }) => refused)).toEqual([]);
    expect(found.map(({ file, line, rule, accepted }) => `${file}:${line} ${rule}: ${accepted ?? "warned"}`))
      .toMatchInlineSnapshot(`
      [
        "0001_orchestra.sql:6 do-block: makes the table only where the app has not made it, which no plain statement can ask",
        "0001_orchestra.sql:45 index-without-concurrently: warned",
      ]
    `);
  });

  it("are judged alike, one by one and together", async () => {
    const together = await findDangers(realMigrations.registry);
    for (const { file } of realMigrations.registry)
      expect(await findDangers(realMigrations.registry, (name) => name === file)).toEqual(
        together.filter((danger) => danger.file === file),
      );
  });

  it("and what the corpus applies before its files are ordinary", async () => {
    const found = await findDangers(applied);
    expect(found.map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toMatchInlineSnapshot(`
      [
        "0012_what_the_corpus_changes.sql:11 check-on-new-rows",
        "0012_what_the_corpus_changes.sql:11 check-validates",
        "0012_what_the_corpus_changes.sql:51 open-policy",
      ]
    `);
  });
});
