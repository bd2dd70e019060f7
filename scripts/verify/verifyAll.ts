import type { Findings } from "./finding.ts";
import type { Subject } from "./subject.ts";
import { type Surroundings, verifyOrchestra } from "./verifyOrchestra.ts";

export interface Watcher {
  /** Orchestra → what its look waits for. */
  onWait?: (id: string, what: string) => void;
  /** Called for each orchestra as soon as it was looked at. */
  onDone?: (id: string, findings: Findings) => void;
}

/** Looks at all of them, `concurrency` at a time. */
export async function verifyAll(
  subjects: readonly Subject[],
  surroundings: Surroundings,
  concurrency: number,
  watcher: Watcher = {},
): Promise<Map<string, Findings>> {
  const found = new Map<string, Findings>();
  await inParallel(subjects, concurrency, async (subject) => {
    const findings = await verifyOrchestra(subject, surroundings, (what) => watcher.onWait?.(subject.id, what));
    found.set(subject.id, findings);
    watcher.onDone?.(subject.id, findings);
  });
  return new Map(subjects.map(({ id }) => [id, found.get(id)!]));
}

/** Works through a list with at most `limit` at once. */
export async function inParallel<T>(
  list: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = list.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, list.length) }, worker));
}
