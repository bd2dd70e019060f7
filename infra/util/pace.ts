import { setTimeout as sleep } from "node:timers/promises";

/** The number of calls that an API takes. */
export interface Pace {
  /** At once, after a rest. */
  burst: number;
  /** In the long run. */
  perSecond: number;
}

/**
 * Returns a function to await before each call: it lets a burst through and then one call after the other, so that no window of any length
 * holds more than the burst and what the rate gives. (The generic cell rate algorithm, ITU-T I.371.)
 */
export function keepPace({ burst, perSecond }: Pace): () => Promise<void> {
  const interval = 1_000 / perSecond;
  let due = 0;
  return async () => {
    const now = Date.now();
    due = Math.max(now, due) + interval;
    await sleep(Math.max(0, due - burst * interval - now));
  };
}
