import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { root } from "../../support/checkout.ts";

/** Prints the figures of a sweep, and keeps those of the whole sweep for docs/reliability.md. */
export async function reportFigures(sweep: string, figures: object): Promise<void> {
  const text = JSON.stringify(figures, null, 2);
  console.log(`${sweep}: ${text}`);
  if (process.env["STAGESUB_SWEEP"] !== "full") return;
  const folder = path.join(root, "docs/reliability");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${sweep}.json`), `${text}\n`);
}
