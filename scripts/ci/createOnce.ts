import { setTimeout as sleep } from "node:timers/promises";

const ATTEMPTS = 4;
const PAUSE_MS = 1_000;

/**
 * Makes something that must not exist twice. An answer that was lost, or was GitHub's own failure, does not say whether it
 * was made: it is looked for before it is tried again.
 *
 * @param create one attempt, itself without retries
 * @throws what the last attempt threw; at once what GitHub refuses (4xx)
 */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      if (attempt === ATTEMPTS || !((error as { status?: number }).status! >= 500)) throw error;
    }
    await sleep(PAUSE_MS * attempt);
    const made = await find();
    if (made !== undefined) return made;
  }
}
