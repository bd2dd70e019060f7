import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

import { keepPace } from "../../../infra/util/pace.ts";

vi.mock("node:timers/promises", () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}));

describe("the pace of calls to an API", () => {
  afterEach(() => vi.useRealTimers());

  /** Returns the moment, in milliseconds, at which each call goes out that was asked for at these moments. */
  const sendAll = async (pace: { burst: number; perSecond: number }, moments: number[]) => {
    vi.useFakeTimers({ now: 1_000_000 });
    const wait = keepPace(pace);
    const sent: number[] = [];
    for (const moment of moments) setTimeout(() => void wait().then(() => sent.push(Date.now() - 1_000_000)), moment);
    await vi.runAllTimersAsync();
    return sent.sort((a, b) => a - b);
  };

  it("lets a burst through at once, and then keeps the rate", async () => {
    const sent = await sendAll({ burst: 3, perSecond: 2 }, [0, 0, 0, 0, 0]);
    // A timer of none takes one millisecond.
    expect(sent).toEqual([1, 1, 1, 500, 1_000]);
  });

  it("never lets a window hold more than the burst and the rate, whenever calls are asked for", async () => {
    const moments = fc.array(fc.nat(120_000), { minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(moments, async (asked) => {
        const sent = await sendAll({ burst: 50, perSecond: 1 }, asked);
        expect(sent).toHaveLength(asked.length);
        // As Supabase counts: 120 in any minute.
        for (const [index, start] of sent.entries())
          expect(sent.slice(index).filter((at) => at < start + 60_000).length).toBeLessThan(120);
      }),
      { numRuns: 30 },
    );
  });
});
