import { describe, expect, it } from "vitest";

import { quantile, summarize } from "../../../scripts/bench/compare.ts";
import { findRegressions, formatResults } from "../../../scripts/bench/results.ts";

const about = { id: "migrate", title: "Migrate one", reach: 1 };

/** Not proven here: any time. `./stagesub bench` measures. */
describe("the benchmark's summary", () => {
  it("takes each ratio from one repetition with the first peer, and the median of the ratios", () => {
    const { ratio, ours, peers } = summarize(about, { ours: [10, 40, 30], psql: [10, 20, 10], dbmate: [1, 1, 1] });
    expect(ratio).toBe(2);
    expect(ours).toEqual({ median: 30, p95: 40, runs: [10, 40, 30] });
    expect(peers.map(({ name, times }) => [name, times.median])).toEqual([
      ["psql", 10],
      ["dbmate", 1],
    ]);
  });

  it("takes the nearest rank, and the mean of the two in the middle", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(
      quantile(
        Array.from({ length: 40 }, (_, index) => index + 1),
        0.95,
      ),
    ).toBe(38);
    expect(quantile([7], 0.95)).toBe(7);
  });

  it("shows the median and the 95th percentile of each, and marks a ratio out of reach", () => {
    const figure = summarize(about, { ours: [200, 200], "psql -1": [100, 100], dbmate: [2_500, 2_700] });
    expect(formatResults([figure], 120)).toMatchInlineSnapshot(`
      "┌─────────────┬──────────────┬──────────────┬─────────┬─────────┬───────┐
      │ job         │         ours │       theirs │ beside  │   ratio │ reach │
      ├─────────────┼──────────────┼──────────────┼─────────┼─────────┼───────┤
      │ Migrate one │ 200 ms (200) │ 100 ms (100) │ psql -1 │ 2.00× ! │ 1.00× │
      │             │              │  2.6 s (2.7) │ dbmate  │         │       │
      └─────────────┴──────────────┴──────────────┴─────────┴─────────┴───────┘"
    `);
  });

  it("finds a ratio that is twice the landed one, and none that is new", async () => {
    const landed = summarize({ ...about, id: "start" }, { ours: [1_000_000], peer: [1] });
    const found = await findRegressions([landed, { ...landed, id: "new" }]);
    expect(found.map(({ figure }) => figure.id)).toEqual(["start"]);
  });
});
