import { setTimeout as sleep } from "node:timers/promises";

/** The number of calls that an API takes. */
export interface Pace {
  /** At once, after a rest. */
  burst: number;
  /** In the long run. */
  perSecond: number;
}

/** Returns a function to await before each call, which keeps to the pace. */
export function keepPace(pace: Pace): () => Promise<void> {
  const delay = scheduleCalls(pace);
  return () => sleep(delay(Date.now()));
}

/**
 * Returns a function that takes the moment of each call in turn and returns its delay, both in milliseconds: a burst goes through and then
 * one call after the other, so that no window of any length holds more than the burst and what the rate gives. (The generic cell rate
 * algorithm, ITU-T I.371.)
 */
export function scheduleCalls({ burst, perSecond }: Pace): (now: number) => number {
  const interval = 1_000 / perSecond;
  let due = 0;
  return (now) => {
    due = Math.max(now, due) + interval;
    return Math.max(0, due - burst * interval - now);
  };
}
