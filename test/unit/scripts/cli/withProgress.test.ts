import { stripVTControlCharacters } from "node:util";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type WaitFor, withProgress } from "../../../../scripts/cli/withProgress.ts";

/** It does not show which waits a real preview has. */
describe("the progress of a plan", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function show(screen: { isTTY?: boolean; columns?: number }, work: (waitFor: WaitFor) => Promise<void>) {
    let text = "";
    await withProgress("Previewing local", "the Pulumi CLI is looked for", work, {
      ...screen,
      write: (more) => (text += more),
    });
    return text;
  }
  const slow = async (waitFor: WaitFor) => {
    waitFor("the program starts");
    await vi.advanceTimersByTimeAsync(3_000);
    waitFor("resources are compared", "1 so far");
    waitFor("resources are compared", "40 so far, 2 with changes");
    await vi.advanceTimersByTimeAsync(8_000);
  };

  it("is a line for each new wait and every ten seconds where there is no terminal, without escape codes", async () => {
    expect(await show({}, slow)).toBe(`Previewing local, 0 s: the Pulumi CLI is looked for
Previewing local, 0 s: the program starts
Previewing local, 3 s: resources are compared, 1 so far
Previewing local, 10 s: resources are compared, 40 so far, 2 with changes
`);
  });

  it("is one line on a terminal, never wider than it, and gone at the end", async () => {
    const frames = (await show({ isTTY: true, columns: 40 }, slow)).split("\r\u001b[K");
    expect(frames).toHaveLength(1 + 3 + 11 + 1);
    const lines = frames.map((frame) => stripVTControlCharacters(frame));
    expect(lines.filter((line) => line.length > 39 || line.includes("\n"))).toEqual([]);
    expect(lines[4]).toBe("Previewing local, 2 s: the program star");
    expect(lines.at(-1)).toBe("");
  });

  it("is gone when the work fails", async () => {
    let text = "";
    const failing = withProgress("Previewing local", "a wait", () => Promise.reject(new Error("no")), {
      isTTY: true,
      write: (more) => (text += more),
    });
    await expect(failing).rejects.toThrow("no");
    expect(text.endsWith("\r\u001b[K")).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
