import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";

import type { Engine, Run } from "../../support/engine.ts";

/** Requires that a run has done all its work. */
export function expectDone({ code, output }: { code: Run["code"] | NodeJS.Signals; output: string }): void {
  expect(code, output).toBe(0);
}

/**
 * Does as a user after a run that was cut off: `up`, and where Pulumi asks for it `cancel` before; then the words that take away
 * Pulumi's warning of what it lost sight of. The next run must change nothing.
 *
 * @returns whether a lock was left
 */
export async function converge(engine: Engine): Promise<{ lockLeft: boolean; warned: boolean }> {
  let run = await engine.up();
  const lockLeft = run.code !== 0 && run.output.includes("currently locked");
  if (lockLeft) {
    expect(run.output).toContain("`pulumi cancel`");
    expectDone(await engine.pulumi("cancel", "--yes"));
    run = await engine.up();
  }
  expectDone(run);
  const warned = run.output.includes("pending operations");
  if (warned) expectDone(await engine.pulumi("refresh", "--clear-pending-creates", "--yes"));
  expectDone(await engine.up(...(warned ? [] : ["--refresh"]), "--expect-no-changes"));
  return { lockLeft, warned };
}

/** Asks again and again. @throws when the answer stays no for two minutes */
export async function waitFor(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; !(await isSo()); await sleep(50))
    if (Date.now() > end) throw new Error(`Waited two minutes for this: ${what}`);
}
