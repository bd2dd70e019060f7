/** The rate limit as one call finds it. */
export interface RateState {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Whole seconds until the window ends, at least 1. */
  resetSeconds: number;
}

export interface RateLimit {
  take(key: string): RateState;
}

/** Counts calls in fixed windows, one a key, in memory: a restart resets them, as a real limit's minute would. */
export function createRateLimit(limit: number, windowMs: number): RateLimit {
  const windows = new Map<string, { ends: number; used: number }>();
  return {
    take(key) {
      const now = Date.now();
      let window = windows.get(key);
      if (!window || window.ends <= now) {
        dropEnded(windows, now);
        window = { ends: now + windowMs, used: 0 };
        windows.set(key, window);
      }
      window.used += 1;
      return {
        allowed: window.used <= limit,
        limit,
        remaining: Math.max(0, limit - window.used),
        resetSeconds: Math.max(1, Math.ceil((window.ends - now) / 1000)),
      };
    },
  };
}

function dropEnded(windows: Map<string, { ends: number }>, now: number): void {
  for (const [key, window] of windows) if (window.ends <= now) windows.delete(key);
}
