import { setTimeout as sleep } from "node:timers/promises";

import { isClientGone } from "../../../infra/util/foreignErrors.ts";

/** The time to wait for a killed server, which is started again within seconds. */
const longestMs = 30_000;

/**
 * Repeats work that PostgreSQL's death cut off, once the server is back: a project that is listed already would otherwise never come up.
 * The work must be safe to repeat.
 *
 * @throws what the work throws of its own accord, or goes on throwing for half a minute
 */
export async function whileServerReturns<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + longestMs; ; await sleep(200)) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error as { code?: string }) || Date.now() > end) throw error;
    }
  }
}

/**
 * Tells whether the server is away, by an error of Node, of PostgreSQL (class 57: going down or coming up), or of pg, which has no code.
 */
function isAway(error: { code?: string }): boolean {
  return /^(ECONNREFUSED|ECONNRESET|EPIPE|57P0[123])$/.test(error.code ?? "") || isClientGone(error);
}
