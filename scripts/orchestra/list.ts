import { setTimeout as sleep } from "node:timers/promises";

import { describePool, formatPoolCounts } from "../fleet/describePool.ts";
import { formatFleet } from "../fleet/formatFleet.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { askPulumi, openStack, type OpenStack } from "../stack/openStack.ts";
import { parseCount } from "../cli/parseOption.ts";
import { type OutputOptions, print, printsData } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";
import { UserError } from "../../infra/errors.ts";
import { printable } from "../cli/reportError.ts";

interface Options extends StackOptions {
  watch?: true | number;
}

/** Returns `list`: shows every orchestra as declared, as registered and as observed. Differences do not make it fail. */
export default function listCommand(): StackCommand {
  return new StackCommand("list")
    .description(
      "Lists the orchestras from the stack file, the main database and their own databases side by side; ≠ marks what differs. Below: " +
        "pending migrations, the pool's counts, the last run. Exit code 0 also with differences: `verify` judges.",
    )
    .option("-w, --watch [seconds]", "on a terminal: look again every so many seconds (5)", parseCount(3_600))
    .withOutput()
    .action(async ({ stack, watch: every, ...options }: Options) => {
      if (every === undefined) {
        const { data, format } = await look(stack);
        return print(options, data, format);
      }
      requireScreen(options);
      await watch(every === true ? 5 : every, async (width) =>
        (await look(stack)).format(options.output === "wide" ? Infinity : width),
      );
    });
}

/** Looks at a stack from anew: a run may have changed its outputs. */
async function look(name: string) {
  const stack = await openStack(name);
  const [fleet, lastRun] = await Promise.all([readFleet(stack), readLastRun(stack)]);
  const pool = describePool(stack, fleet.pool);
  const sums = [...(fleet.pool.length > 0 ? [`Pool: ${formatPoolCounts(pool)}`] : []), formatRun(lastRun)];
  return { data: { ...fleet, lastRun }, format: (width: number) => [formatFleet(fleet, width), ...sums].join("\n") };
}

/** A run of Pulumi that may have changed the stack. */
interface StackRun {
  /** update, refresh, destroy, … */
  kind: string;
  /** succeeded, failed or in-progress */
  result: string;
  /** ISO 8601. */
  startTime: string;
}

/** Reads the last run of a stack; null before the first. */
async function readLastRun(stack: OpenStack): Promise<StackRun | null> {
  const history = await askPulumi(stack, ["stack", "history", "--json", "--page-size", "1"]);
  const [last] = JSON.parse(history || "[]") as StackRun[];
  return last ? { kind: last.kind, result: last.result, startTime: last.startTime } : null;
}

/** "Last run: update, succeeded, 2026-11-29 10:46 UTC." */
function formatRun(run: StackRun | null): string {
  if (run === null) return "No run yet.";
  return `Last run: ${run.kind}, ${run.result}, ${run.startTime.slice(0, 16).replace("T", " ")} UTC.`;
}

/** Refuses `--watch` where nobody sees it. @throws {UserError} */
function requireScreen(options: OutputOptions): void {
  if (process.stdout.isTTY && !printsData(options)) return;
  const found = process.stdout.isTTY ? "a form for programs" : "no terminal";
  throw new UserError("command-line", `Expected a terminal and tables for --watch, found ${found}. Leave it out.`);
}

/**
 * Draws a screen every few seconds until Ctrl-C, which ends the process with 130. An error of a later look takes the place of the screen:
 * the next look may succeed.
 */
async function watch(seconds: number, look: (width: number) => Promise<string>): Promise<never> {
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
