import pLimit from "p-limit";

import type { Findings } from "./finding.ts";
import type { Subject } from "./subject.ts";
import { type VerifyContext, verifyOrchestra } from "./verifyOrchestra.ts";

export interface Watcher {
  /** Orchestra → what its look waits for. */
  onWait?: (id: string, what: string) => void;
  /** Called for each orchestra as soon as it was looked at. */
  onDone?: (id: string, findings: Findings) => void;
}

/** Looks at all of them, `concurrency` at a time. */
export async function verifyAll(
  subjects: readonly Subject[],
  context: VerifyContext,
  concurrency: number,
  watcher: Watcher = {},
): Promise<Map<string, Findings>> {
  const limit = pLimit(concurrency);
  const look = async (subject: Subject) => {
    const findings = await verifyOrchestra(subject, context, (what) => watcher.onWait?.(subject.id, what));
    watcher.onDone?.(subject.id, findings);
    return [subject.id, findings] as const;
  };
  return new Map(await Promise.all(subjects.map((subject) => limit(look, subject))));
}
