import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { UserError } from "../../../../infra/errors.ts";
import { matchStacks } from "../../../../scripts/stacks/fleet.ts";
import {
  formatMarkdown,
  formatOrder,
  formatRun,
  formatSummary,
  toJson,
} from "../../../../scripts/stacks/formatRuns.ts";
import {
  exitCodeOf,
  type OrderedStack,
  orderStacks,
  runStacks,
  type StackRun,
} from "../../../../scripts/stacks/runStacks.ts";

const stacks = ["local", "production-1", "production-2", "production-10", "production.eu"];

function run(stack: string, code = 0, more: Partial<StackRun> = {}): StackRun {
  const outcome = code === 0 ? "done" : code === 7 ? "differs" : "failed";
  return { stack, outcome, code, seconds: 1.5, summary: `code ${code}`, ...more };
}

function errorOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.text;
  }
  return "no error of a user";
}

describe("the choice of stacks", () => {
  it("takes the stacks that one pattern or several match, each once and in their own order", () => {
    expect(matchStacks(["production-*"], stacks)).toEqual(["production-1", "production-2", "production-10"]);
    expect(matchStacks(["production-?", "local", "production-1"], stacks)).toEqual([
      "local",
      "production-1",
      "production-2",
    ]);
    expect(matchStacks(["production.eu"], ["productionxeu", "production.eu"])).toEqual(["production.eu"]);
  });

  it("refuses a pattern that matches none, with the stacks that there are", () => {
    expect(errorOf(() => matchStacks(["local", "prod"], stacks))).toBe(
      'Expected stack files that "prod" matches, found none. There are: local, production-1, production-2, production-10, production.eu. [stack-unknown]',
    );
  });
});

describe("the order of stacks", () => {
  const gates: Record<string, string> = { b: "a", d: "b", e: "elsewhere" };
  const order = (names: string[], canaries: string[] = []) => orderStacks(names, canaries, (stack) => gates[stack]);

  it("puts a stack behind the one that proves its migrations, as far as that is in the run", () => {
    expect(formatOrder(order(["b", "a", "e", "d"]))).toBe("4 stacks: a, e → b → d");
    expect(order(["d", "e"])).toEqual([
      { stack: "d", behind: [] },
      { stack: "e", behind: [] },
    ]);
  });

  it("puts all others behind the canaries", () => {
    expect(formatOrder(order(["a", "b", "c", "e"], ["c", "e"]))).toBe("4 stacks: c, e → a → b");
  });

  it("refuses canaries that are not in the run, and stacks that wait for each other", () => {
    expect(errorOf(() => order(["a", "b"], ["z"]))).toContain("Expected canaries among the chosen stacks, got z.");
    expect(errorOf(() => order(["a", "b", "c"], ["b"]))).toContain("found some that wait for each other");
  });
});

describe("a run over many stacks", () => {
  const ordered: OrderedStack[] = [
    { stack: "canary", behind: [] },
    { stack: "a", behind: ["canary"] },
    { stack: "b", behind: ["canary"] },
    { stack: "c", behind: ["canary", "a"] },
  ];
  const all = async (codes: Record<string, number>, controller = new AbortController(), parallel = 2) => {
    const begun: string[] = [];
    const ended: string[] = [];
    let [atWork, most] = [0, 0];
    const runs = await runStacks(ordered, {
      parallel,
      signal: controller.signal,
      run: async (stack) => {
        begun.push(stack);
        most = Math.max(most, ++atWork);
        await sleep(1);
        atWork--;
        if (codes[stack] === 130) controller.abort();
        return run(stack, codes[stack], codes[stack] === 130 ? { outcome: "interrupted" } : {});
      },
      onEnd: ({ stack }) => ended.push(stack),
    });
    return { begun, ended, most, outcomes: runs.map(({ stack, outcome }) => `${stack} ${outcome}`) };
  };

  it("begins a stack once those before it are done, and keeps to its limit", async () => {
    expect(await all({})).toEqual({
      begun: ["canary", "a", "b", "c"],
      ended: ["canary", "a", "b", "c"],
      most: 2,
      outcomes: ["canary done", "a done", "b done", "c done"],
    });
    expect(await all({}, undefined, 1)).toMatchObject({ most: 1 });
  });

  it("stops everything behind a failed canary, and of another failed stack those behind it alone", async () => {
    expect((await all({ canary: 1 })).outcomes).toEqual(["canary failed", "a skipped", "b skipped", "c skipped"]);
    expect((await all({ a: 5 })).outcomes).toEqual(["canary done", "a failed", "b done", "c skipped"]);
  });

  it("begins no further stack once it is interrupted, and says which ones it left", async () => {
    const { begun, outcomes, ended } = await all({ a: 130 }, undefined, 1);
    expect(begun).toEqual(["canary", "a"]);
    expect(outcomes).toEqual(["canary done", "a interrupted", "b left", "c left"]);
    expect(ended.sort()).toEqual(["a", "b", "c", "canary"]);
  });

  it.each([
    [[0, 0], 0],
    [[0, 7, 0], 7],
    [[7, 5, 5], 5],
    [[5, 2], 1],
    [[255, 0], 255],
  ])("of codes %j ends with %i", (codes, expected) => {
    expect(exitCodeOf(codes.map((code, index) => run(`s${index}`, code)))).toBe(expected);
  });

  it("ends with 130 when interrupted, whatever failed before", () => {
    const left: StackRun = { stack: "z", outcome: "left", seconds: 0, summary: "" };
    expect(exitCodeOf([run("a", 1), left])).toBe(130);
  });
});

describe("the summary", () => {
  const runs = [
    run("production-1", 0, { summary: "24 unchanged", text: "all of it" }),
    run("production-2", 1, { summary: "failed: <malmo> | x", text: "Diagnostics:\n```\nno" }),
    { stack: "production-3", outcome: "skipped" as const, seconds: 0, summary: "behind production-2" },
  ];

  it("has a line for each stack that ends, and the whole output of a failed one alone", () => {
    expect(formatRun(runs[0]!, "1/3")).toBe("✓ production-1 (1/3, 1.5 s): 24 unchanged");
    expect(formatRun(runs[1]!, "2/3")).toBe(`✗ production-2 (2/3, 1.5 s): failed: <malmo> | x
production-2 │ Diagnostics:
production-2 │ \`\`\`
production-2 │ no`);
    expect(formatRun(runs[2]!, "3/3")).toBe("– production-3 (3/3): behind production-2");
  });

  it("shows the whole output of a stack that differs, too", () => {
    expect(formatRun(run("a", 7, { text: "≠ malmo: name" }), "1/1")).toBe(
      "≠ a (1/1, 1.5 s): code 7\na │ ≠ malmo: name",
    );
    expect(
      formatSummary([run("a", 7), run("b")])
        .split("\n")
        .at(-1),
    ).toBe("2 stacks: 1 done, 1 differs");
  });

  it("is one table with counts", () => {
    expect(formatSummary(runs).split("\n").at(-1)).toBe("3 stacks: 1 done, 1 failed, 1 skipped");
  });

  it("is one Markdown comment, in which nothing of an output is markup", () => {
    expect(formatMarkdown("up", ["production-*"], runs)).toMatchInlineSnapshot(`
      "<!-- stagesub-fleet up production-* -->
      ## 🔴 fleet up: 3 stacks: 1 done, 1 failed, 1 skipped

      | stack | result | seconds | summary |
      | --- | --- | ---: | --- |
      | \`production-1\` | ✓ done | 1.5 | 24 unchanged |
      | \`production-2\` | ✗ failed | 1.5 | failed: &lt;malmo&gt; \\| x |
      | \`production-3\` | – skipped | 0 | behind production-2 |

      <details><summary>production-2</summary>

      \`\`\`\`text
      Diagnostics:
      \`\`\`
      no
      \`\`\`\`

      </details>
      "
    `);
  });

  it("stays below GitHub's limit of a comment with a hundred long outputs", () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      run(`s${index}`, 1, { text: "a line of output\n".repeat(9_999) }),
    );
    const text = formatMarkdown("up", ["s*"], many);
    expect(text.length).toBeLessThan(65_536);
    expect(text.split("</details>")).toHaveLength(101);
  });

  it("is data, with the output of those alone that are not done", () => {
    const data = toJson("up", runs);
    expect(data.exitCode).toBe(1);
    expect(data.stacks.map((stack) => "output" in stack)).toEqual([false, true, false]);
  });
});
