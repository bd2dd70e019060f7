import { createHash } from "node:crypto";

/** Returns a number from 0 up to, but not including, 1: the same for the same words. */
export function draw(...words: (string | number)[]): number {
  return createHash("sha256").update(words.join(" ")).digest().readUInt32BE(0) / 2 ** 32;
}

/**
 * Chooses the seeds to run: all of them with STAGESUB_SWEEP=full, those named with STAGESUB_SWEEP=3,17 to repeat a failure, and
 * without it the first few.
 */
export function chooseSeeds({ all, few }: { all: number; few: number }): number[] {
  const asked = process.env["STAGESUB_SWEEP"] ?? "";
  if (/^\d+(,\d+)*$/.test(asked)) return asked.split(",").map(Number);
  return Array.from({ length: asked === "full" ? all : few }, (_, index) => index + 1);
}
