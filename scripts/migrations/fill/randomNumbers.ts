/** Numbers that look random and are the same for the same seed. */
export interface RandomNumbers {
  /** A whole number from 0, below `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  /** True this often: 0.15 is about every seventh time. */
  chance(share: number): boolean;
  /** As many hexadecimal digits. */
  hex(length: number): string;
}

/** mulberry32, of the public domain: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c. Not for secrets. */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    chance: (share) => next() < share,
    hex: (length) => Array.from({ length }, () => below(16).toString(16)).join(""),
  };
}
