import { setTimeout as sleep } from "node:timers/promises";

/** The limits of a wait, in milliseconds. */
export interface Patience {
  /** The time after which the last look is taken. */
  forMs: number;
  /** The pause between two looks; the first one if it grows. */
  everyMs: number;
  /** The longest pause: each is twice the one before it. Left out: all pauses are equal. */
  longestMs?: number;
}

/** Looks at once, and then until a look returns a value or the time is over. @returns the value; undefined once the time is over */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  { forMs, everyMs, longestMs = everyMs }: Patience,
): Promise<T | undefined> {
  const deadline = Date.now() + forMs;
  for (let pause = everyMs; ; pause = Math.min(pause * 2, longestMs)) {
    const left = deadline - Date.now();
    const found = await look();
    if (found !== undefined || left <= 0) return found;
    await sleep(Math.min(pause, Math.max(0, deadline - Date.now())));
  }
}
