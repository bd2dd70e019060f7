import { describe, expect, it } from "vitest";

import { formatClaims, summarize } from "../../../scripts/bench/formatClaims.ts";

const timing = (page: number, up: number) => ({ page, up });
const measurement = {
  fleet: { orchestras: 5, spares: 2 },
  state: { resources: 7, bytes: 11_900 },
  repetitions: [
    { claim: timing(5, 130), project: timing(125, 125.5) },
    { claim: timing(4, 128), project: timing(120, 121) },
    { claim: timing(8, 131), project: timing(128, 128.5) },
  ],
};

/** Not proven here: any time. `./stagesub bench` measures. */
describe("the benchmark's summary", () => {
  it("takes each ratio from one repetition, and the median of the ratios", () => {
    expect(summarize(measurement)).toEqual({
      page: { claim: { median: 5, min: 4, max: 8 }, project: { median: 125, min: 120, max: 128 } },
      up: { claim: { median: 130, min: 128, max: 131 }, project: { median: 125.5, min: 121, max: 128.5 } },
      ratio: { median: 25, min: 16, max: 30 },
    });
  });

  it("shows every repetition, the median and the range", () => {
    expect(formatClaims(measurement, summarize(measurement))).toMatchInlineSnapshot(`
      "┌────────┬─────────────┬───────────────┬───────┬────────────────┬──────────────────┐
      │        │ claim: page │ project: page │ ratio │ claim: up ends │ project: up ends │
      ├────────┼─────────────┼───────────────┼───────┼────────────────┼──────────────────┤
      │ 1      │      5.00 s │      125.00 s │ 25.0× │       130.00 s │         125.50 s │
      │ 2      │      4.00 s │      120.00 s │ 30.0× │       128.00 s │         121.00 s │
      │ 3      │      8.00 s │      128.00 s │ 16.0× │       131.00 s │         128.50 s │
      │ median │      5.00 s │      125.00 s │ 25.0× │       130.00 s │         125.50 s │
      │ least  │      4.00 s │      120.00 s │ 16.0× │       128.00 s │         121.00 s │
      │ most   │      8.00 s │      128.00 s │ 30.0× │       131.00 s │         128.50 s │
      └────────┴─────────────┴───────────────┴───────┴────────────────┴──────────────────┘"
    `);
  });
});
