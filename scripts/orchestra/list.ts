import { describePool, formatPoolCounts } from "../fleet/describePool.ts";
import { formatFleet } from "../fleet/formatFleet.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { askPulumi, openStack, type OpenStack } from "../stack/openStack.ts";
import { parseCount } from "../cli/parseOption.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";
import { requireScreen, watch } from "../cli/watch.ts";

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
