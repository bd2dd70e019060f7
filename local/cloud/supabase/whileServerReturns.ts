import { setTimeout as sleep } from "node:timers/promises";

/** A server that was killed is started again within seconds. */
const longestMs = 30_000;

/**
 * Does again what was cut off because PostgreSQL died under it, once it is back: a project that is listed already would else come up
 * never. The work must bear to be done twice.
 *
 * @throws what the work throws of its own accord, or goes on throwing for half a minute
 */
export async function whileServerReturns<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + longestMs; ; await sleep(200)) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error as { code?: string; message: string }) || Date.now() > end) throw error;
    }
  }
}

/** By Node's word, PostgreSQL's (class 57: going down or coming up), or pg's own, which has no code. */
function isAway({ code = "", message }: { code?: string; message: string }): boolean {
  return /^(ECONNREFUSED|ECONNRESET|EPIPE|57P0[123])$/.test(code) || /^Connection terminated/.test(message);
}
