import { setTimeout as sleep } from "node:timers/promises";

import { UserError } from "../../infra/errors.ts";
import { type OutputOptions, printsData } from "./output.ts";
import { printable } from "./reportError.ts";

/** Refuses `--watch` where nobody sees it. @throws {UserError} */
export function requireScreen(options: OutputOptions): void {
  if (process.stdout.isTTY && !printsData(options)) return;
  const found = process.stdout.isTTY ? "a form for programs" : "no terminal";
  throw new UserError("command-line", `Expected a terminal and tables for --watch, found ${found}. Leave it out.`);
}

/**
 * Draws a screen every few seconds until Ctrl-C, which ends the process with 130. An error of a later look takes the place of the screen:
 * the next look may succeed.
 */
export async function watch(seconds: number, look: (width: number) => Promise<string>): Promise<never> {
  let text = await look(process.stdout.columns);
  process.stdout.write("\u001b[2J");
  for (;;) {
    draw(text, `Every ${seconds} s, last at ${new Date().toISOString().slice(11, 19)} UTC. Ctrl-C ends.`);
    await sleep(seconds * 1_000);
    try {
      text = await look(process.stdout.columns);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      text = printable(error.text);
    }
  }
}

/** Overwrites the screen. The end of a long text is kept: differences and sums stand there. */
function draw(text: string, status: string): void {
  const lines = text.split("\n");
  const room = process.stdout.rows - 2;
  const cut = lines.length - room + 1;
  const shown = lines.length <= room ? lines : [`… ${cut} lines more, in a higher terminal`, ...lines.slice(cut)];
  process.stdout.write(`\u001b[H${[...shown, status].map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
}
