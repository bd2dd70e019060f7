import { appendFile } from "node:fs/promises";

import type { Surroundings } from "./surroundings.ts";

/** Adds Markdown to the job's summary; shows it on standard output where there is none, as on a developer's machine. */
export async function writeSummary({ summaryFile }: Surroundings, markdown: string): Promise<void> {
  if (summaryFile === undefined) console.log(markdown);
  else await appendFile(summaryFile, `${markdown}\n\n`);
}
