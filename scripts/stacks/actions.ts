import { readFile } from "node:fs/promises";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

import { UserError } from "../../infra/errors.ts";
import { count, listNames } from "../../infra/util/text.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { withTempFolder } from "../../infra/util/withTempFolder.ts";
import { qualifyStack } from "../../local/toolchain/runPulumi.ts";
import { type Compared, formatDrift } from "../fleet/difference.ts";
import { formatFleet } from "../fleet/formatFleet.ts";
import type { Fleet } from "../fleet/readFleet.ts";
import { type CheckResults, formatResults } from "../fleet/verify/checkResult.ts";
import { renderSummary, renderText } from "../preview/format/renderText.ts";
import type { StackChanges } from "../preview/read/stackChanges.ts";
import { stackEnvironment } from "../stack/openStack.ts";
import { upArguments } from "../stack/runUp.ts";
import type { StackRun } from "./runStacks.ts";

/** A command that is run for each of many stacks. */
export interface Action {
  description: string;
  /** Its name in a progress line: "Applying". */
  verb: string;
  /** Whether it changes more than a state: it asks before, canaries go first, and a failed stack stops those behind it. */
  asks: boolean;
  run: (stack: string, signal: AbortSignal) => Promise<StackRun>;
}

export const actions: Record<string, Action> = {
  preview: {
    description: "Plans each stack as `./stagesub plan` does. Exit code 7 where at least one has changes.",
    verb: "Previewing",
    asks: false,
    run: asking<StackChanges>(["plan", "--json"], (changes) => [renderSummary(changes), renderText(changes)]),
  },
  up: {
    description:
      "Applies each stack's declaration as `pulumi up` does, canaries first. A failed canary stops the others; any other failed stack stops " +
      "those alone that name it under stagesub:rollout.staging. Run it again after a failure: stacks that are done have nothing to do.",
    verb: "Applying",
    asks: true,
    run: applying((stack) => upArguments(stack)),
  },
  refresh: {
    description: "Refreshes each stack's state as `pulumi refresh` does. Nothing outside the state is changed.",
    verb: "Refreshing",
    asks: false,
    run: applying((stack) => ["refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack]),
  },
  drift: {
    description: "Looks at each stack as `./stagesub drift` does. Exit code 7 where something differs.",
    verb: "Looking at",
    asks: false,
    run: asking<{ stack: string; checked: Compared[] }>(["drift", "--json"], ({ stack, checked }) => {
      const text = formatDrift(checked, stack);
      const parts = checked.filter(({ differences }) => differences.length > 0).map(({ id }) => id);
      return [parts.length === 0 ? "nothing differs" : `differs: ${listNames(parts, 4)}`, text];
    }),
  },
  verify: {
    description: "Checks each stack's orchestras as `./stagesub verify` does.",
    verb: "Verifying",
    asks: false,
    run: asking<Verified>(["verify", "--json"], ({ orchestras }) => {
      const ill = orchestras.filter(({ ok }) => !ok).map(({ id }) => id);
      const summary = `${orchestras.length - ill.length} of ${count(orchestras.length, "orchestra")} verified`;
      const text = formatResults(new Map(orchestras.map(({ id, checks }) => [id, checks])));
      return [ill.length === 0 ? summary : `${summary}; fails: ${listNames(ill, 4)}`, text];
    }),
  },
  status: {
    description:
      "Shows each stack's orchestras by status, as `./stagesub list` reads them. Differences do not make it fail.",
    verb: "Reading",
    asks: false,
    run: asking<Fleet>(["list", "--json"], (fleet) => [describeStatus(fleet), formatFleet(fleet)]),
  },
};

interface Verified {
  orchestras: { id: string; ok: boolean; checks: CheckResults }[];
}

/** Returns the run of a command of our own, which prints JSON. */
function asking<T>(args: string[], read: (data: T) => [summary: string, text: string]): Action["run"] {
  return (stack, signal) =>
    timed(stack, signal, async () => {
      const program = path.join(checkout, "stagesub");
      const { code, stdout, stderr } = await runChild(program, [...args, "--stack", stack], process.env, signal);
      const good = code === 0 || code === 7;
      const data = readJson<T>(stdout);
      if (data === undefined) return { code: good ? 1 : code, summary: firstLine(stderr), text: stderr.trim() };
      const [summary, text] = read(data);
      return { code, summary, text, result: data };
    });
}

/** Returns the run of a command of Pulumi's that changes a state. Its event log has the count of resources; the Automation API reads the same. */
function applying(args: (stack: string) => string[]): Action["run"] {
  return (stack, signal) =>
    timed(stack, signal, () =>
      withTempFolder("stagesub-events", async (folder) => {
        const log = path.join(folder, "events");
        const env = {
          ...(await stackEnvironment(stack, signal)),
          PULUMI_CONTINUE_ON_ERROR: "true",
          PULUMI_DEBUG_COMMANDS: "true",
        };
        const quiet = ["--suppress-outputs", "--suppress-progress", "--color", "never", "--event-log", log];
        const { code, output } = await runChild("pulumi", [...args(stack), ...quiet], env, signal);
        const { changes, failed, error } = await readEvents(log);
        const parts = [
          ...(failed.length > 0 ? [`failed: ${listNames(failed, 4)}`] : code !== 0 ? [error ?? firstLine(output)] : []),
          ...Object.entries(changes).map(([op, number]) => `${number} ${opWords[op] ?? op}`),
        ];
        return {
          ...{ code, summary: parts.join(", ") || "nothing changes", text: output.trim() },
          result: { changes, failed },
        };
      }),
    );
}

const opWords: Record<string, string> = {
  same: "unchanged",
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  import: "imported",
};

/** An event of a run, as far as it matters here. */
interface RunEvent {
  summaryEvent?: { resourceChanges?: Record<string, number> };
  resOpFailedEvent?: { metadata: { urn: string } };
  diagnosticEvent?: { severity: string; message: string };
}

async function readEvents(
  log: string,
): Promise<{ changes: Record<string, number>; failed: string[]; error: string | undefined }> {
  const lines = (await readFile(log, "utf8").catch(() => "")).split("\n");
  const events = lines.flatMap((line) => readJson<RunEvent>(line) ?? []);
  const failed = events.flatMap(({ resOpFailedEvent: event }) => event?.metadata.urn.split("::").at(-1) ?? []);
  const errors = events.flatMap(({ diagnosticEvent: event }) => (event?.severity === "error" ? [event.message] : []));
  return {
    changes: events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges ?? {},
    failed: [...new Set(failed)],
    error: errors[0] && firstLine(errors[0]),
  };
}

type Ended = Pick<StackRun, "summary" | "text" | "result"> & { code: number };

async function timed(stack: string, signal: AbortSignal, work: () => Promise<Ended>): Promise<StackRun> {
  const started = Date.now();
  const ended = await work().catch((error: unknown): Ended => {
    if (!(error instanceof UserError) && !signal.aborted) throw error;
    const { text, exitCode } = error instanceof UserError ? error : { text: "Interrupted.", exitCode: 130 };
    return { code: exitCode, summary: text.split("\n")[0]!, text };
  });
  const bad = signal.aborted ? "interrupted" : "failed";
  const outcome = ended.code === 0 ? "done" : ended.code === 7 ? "differs" : bad;
  const summary = outcome === "interrupted" ? "run it again: it goes on from there" : ended.summary;
  return { stack, outcome, seconds: Math.round((Date.now() - started) / 100) / 10, ...ended, summary };
}

/** Runs a stack's program in a process group of its own: Ctrl-C reaches it once, from this process. */
async function runChild(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  interruption: AbortSignal,
): Promise<{ code: number; stdout: string; stderr: string; output: string }> {
  const options = { cwd: checkout, env, interruption, ownGroup: true };
  const { code, startError, ...streams } = await runProgram(program, qualifyStack(args), options);
  if (startError) throw new UserError("program-missing", `Expected ${program} to start: ${startError.message}`);
  return { code: code ?? 1, ...streams };
}

function readJson<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** Returns the first line that tells of no progress. */
function firstLine(text: string): string {
  const lines = stripVTControlCharacters(text)
    .replace(/<\{%.*?%\}>/g, "")
    .split("\n");
  return lines.map((line) => line.trim()).find((line) => line !== "" && !line.endsWith("…")) ?? "no output";
}

/** Returns "50 orchestras: 48 Active, 2 Suspended; 1 not read; 3 differ". */
function describeStatus({ orchestras }: Fleet): string {
  const own = orchestras.filter(({ declared }) => declared !== null);
  const statuses = [...new Set(own.map(({ row }) => row?.status ?? "not registered"))].sort();
  const of = (status: string) => own.filter(({ row }) => (row?.status ?? "not registered") === status).length;
  const unread = own.filter(({ database }) => database.kind === "unreachable").length;
  const differ = own.filter(({ differences }) => differences.length > 0).length;
  return [
    `${count(own.length, "orchestra")}: ${statuses.map((status) => `${of(status)} ${status}`).join(", ") || "none"}`,
    ...(unread > 0 ? [`${unread} not read`] : []),
    ...(differ > 0 ? [`${differ} differ`] : []),
  ].join("; ");
}
