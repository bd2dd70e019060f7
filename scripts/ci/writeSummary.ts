import { appendFile } from "node:fs/promises";

import type { CiContext } from "./ciContext.ts";

/** Adds Markdown to the job's summary; shows it on standard output where there is none, as on a developer's machine. */
export async function writeSummary({ summaryFile }: CiContext, markdown: string): Promise<void> {
  if (summaryFile === undefined) console.log(markdown);
  else await appendFile(summaryFile, `${markdown}\n\n`);
}
