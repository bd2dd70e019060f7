import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareWithBase } from "../../../../scripts/migrations/base/compareWithBase.ts";

/** `a:1 b:2`: files and what stands for their digests. */
const files = (text: string) =>
  new Map(
    text
      .split(" ")
      .filter(Boolean)
      .map((one) => one.split(":") as [string, string]),
  );

const compare = (fork: string, tip: string, here: string) => {
  const { added, problems } = compareWithBase("orchestra", { fork: files(fork), tip: files(tip), here: files(here) });
  return { added, problems: problems.map(({ file, rule, instead }) => `${file} ${rule}: ${instead}`) };
};

/** Says nothing of git: see readBase.test.ts. */
describe("compareWithBase", () => {
  const base = "0001_a.sql:1 0002_b.sql:2";

  it("finds the new files of a branch, and nothing against them", () => {
    expect(compare(base, base, `${base} 0003_c.sql:3 0004_d.sql:4`)).toEqual({
      added: ["0003_c.sql", "0004_d.sql"],
      problems: [],
    });
    expect(compare("", "", "0001_a.sql:1")).toEqual({ added: ["0001_a.sql"], problems: [] });
  });

  it("lets a branch be behind, as long as its files come after what the base branch has got since", () => {
    expect(compare(base, `${base} 0003_c.sql:3`, `${base} 0004_d.sql:4`).problems).toEqual([]);
  });

  it("refuses a number that the base branch has taken since, and moves on what follows", () => {
    expect(
      compare(base, `${base} 0003_theirs.sql:9`, `${base} 0003_ours.sql:3 0004_next.sql:4 0009_far.sql:5`),
    ).toEqual({
      added: ["0003_ours.sql", "0004_next.sql", "0009_far.sql"],
      problems: [
        "0003_ours.sql order: Rename it to 0004_ours.sql.",
        "0004_next.sql order: Rename it to 0005_next.sql.",
      ],
    });
  });

  it("refuses a file between those of the base branch", () => {
    expect(compare("0001_a.sql:1 0005_b.sql:2", "", "0001_a.sql:1 0005_b.sql:2 0003_c.sql:3").problems).toEqual([
      "0003_c.sql order: Rename it to 0006_c.sql.",
    ]);
  });

  it("refuses an edit, a removal and a new name of what is on the base branch", () => {
    expect(compare(base, base, "0001_a.sql:1 0002_b.sql:x").problems).toEqual([
      "0002_b.sql edited: Undo the edit and put the change into a new file.",
    ]);
    expect(compare(base, base, "0002_b.sql:2").problems).toEqual(["0001_a.sql removed: Restore it."]);
    expect(compare(base, base, "0001_a.sql:1 0002_better.sql:2").problems).toEqual([
      "0002_b.sql renamed: Restore its name.",
    ]);
    expect(compare(base, base, "0001_a.sql:1 0003_b.sql:edited").problems).toEqual([
      "0002_b.sql renamed: Restore its name.",
    ]);
  });

  it("tells two files of one name apart that both branches have made since", () => {
    expect(compare(base, `${base} 0003_c.sql:3`, `${base} 0003_c.sql:x`).problems).toEqual([
      "0003_c.sql edited: Merge the base branch, and move this branch's own content to 0004_c.sql.",
    ]);
  });

  it("holds nothing against a branch that the base branch did itself", () => {
    expect(compare(base, "0001_a.sql:1", "0001_a.sql:1").problems).toEqual([]);
    expect(compare(base, "0001_a.sql:1 0002_b.sql:x", `0001_a.sql:1 0002_b.sql:x 0003_c.sql:3`).problems).toEqual([]);
    expect(compare(base, "0001_a.sql:1 0002_b.sql:x", base).problems).toEqual([]);
  });

  it("proposes names with which nothing is late any more", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 8 });
    const toFiles = (all: number[], name: string) =>
      new Map(
        all.map((number) => [`${String(number).padStart(4, "0")}_${name}${number}.sql`, `${name}${number}`] as const),
      );
    fc.assert(
      fc.property(numbers, numbers, numbers, (forked, since, own) => {
        const fork = toFiles(forked, "base");
        const tip = new Map([
          ...fork,
          ...toFiles(
            since.filter((number) => !forked.includes(number)),
            "since",
          ),
        ]);
        const here = new Map([...fork, ...toFiles(own, "own")]);
        const { added, problems } = compareWithBase("registry", { fork, tip, here });
        const names = new Map(problems.map(({ file, instead }) => [file, /Rename it to (\S+)\.$/.exec(instead)![1]!]));
        const renamed = added.map((file) => names.get(file) ?? file);
        expect(renamed).toEqual([...renamed].sort());
        expect(new Set(renamed.map((file) => file.slice(0, 4))).size).toBe(renamed.length);
        const now = new Map([...fork, ...renamed.map((file) => [file, file] as const)]);
        expect(compareWithBase("registry", { fork, tip, here: now }).problems).toEqual([]);
      }),
    );
  });
});
