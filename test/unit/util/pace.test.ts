import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { scheduleCalls } from "../../../infra/util/pace.ts";

describe("the pace of calls to an API", () => {
  /** Returns the moment, in milliseconds, at which each call goes out that was asked for at these moments, in order. */
  const sendAll = (pace: { burst: number; perSecond: number }, moments: number[]) => {
    const delay = scheduleCalls(pace);
    return moments.map((moment) => moment + delay(1_000_000 + moment));
  };

  it("lets a burst through at once, and then keeps the rate", () => {
    expect(sendAll({ burst: 3, perSecond: 2 }, [0, 0, 0, 0, 0])).toEqual([0, 0, 0, 500, 1_000]);
  });

  it("never lets a window hold more than the burst and the rate, whenever calls are asked for", () => {
    const moments = fc.array(fc.nat(120_000), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(moments, (asked) => {
        const sent = sendAll(
          { burst: 50, perSecond: 1 },
          asked.toSorted((a, b) => a - b),
        );
        // As Supabase counts: 120 in any minute.
        for (const [index, start] of sent.entries())
          expect(sent.slice(index).filter((at) => at < start + 60_000).length).toBeLessThan(120);
      }),
      { numRuns: 100 },
    );
  });
});
