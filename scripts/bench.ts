import { arch, cpus, loadavg, platform, totalmem } from "node:os";
import { Argument, Command, InvalidArgumentError } from "commander";

import { ensureToolchain, type Toolchain } from "../local/toolchain/ensureToolchain.ts";
import type { Figure } from "./bench/compare.ts";
import { measureDatabases } from "./bench/databaseFigures.ts";
import { measureEngine, measureStart } from "./bench/engineFigures.ts";
import { findExponents, type FleetRun, measureFleet } from "./bench/measureFleet.ts";
import { measureClaims } from "./bench/measureClaims.ts";
import type { FleetSize } from "./bench/writeFleet.ts";
import { findRegressions, formatFleets, formatResults, writeResults } from "./bench/results.ts";
import { errorPc, pc } from "./cli/colours.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { jsonOption, type OutputOptions, outputOption, print } from "./cli/output.ts";
import { parseCount, parseDuration } from "./cli/parseOption.ts";

const parts = ["database", "start", "10", "100", "200", "claim"] as const;
type Part = (typeof parts)[number];

type Size = Omit<FleetSize, "name">;

interface Options extends OutputOptions {
  quick?: true;
  write?: true;
  fleet?: Size[];
  wait: number;
  repetitions: number;
}

/** Returns `bench`. */
export default function benchCommand(): Command {
  return new Command("bench")
    .description(
      "Times this program beside the tools that do the same jobs without it, by turns in one run, on databases and a local cloud of the " +
        "benchmark's own; docs/performance.md explains each figure. Exit code 1 if a ratio is twice the one in bench/results.json.",
    )
    .addArgument(new Argument("[parts...]", "only these: stacks of 10, 100, 200 orchestras, …").choices(parts))
    .option("--quick", "under two minutes: few repetitions, no stacks of 100 and 200, no claim")
    .option("--write", "write bench/results.json and its plot, bench/results.svg")
    .option(
      "--fleet <sizes...>",
      "only fleets of stacks × orchestras, such as 1x10 2x50 20x50: each command's time, and how it grows",
      parseSize,
    )
    .option(
      "--wait <duration>",
      "how long a new Supabase project takes beside a claim: 90s, 2m",
      parseDuration,
      120_000,
    )
    .option("--repetitions <number>", "how often each job is done", parseCount(99), 7)
    .addOption(outputOption())
    .addOption(jsonOption())
    .action(bench);
}

async function bench(chosen: Part[], { quick, write, fleet, wait, repetitions, ...options }: Options): Promise<void> {
  const log = (line: string) => console.error(errorPc.dim(line));
  // Ctrl-C reaches `pulumi` as well: its run fails, and the cloud and its folder are taken away.
  const signal = awaitInterruption();
  const toolchain = await ensureToolchain({ log, signal });
  const machine = describeMachine(toolchain);
  if (fleet) return benchFleets(toolchain, machine, fleet, { write, ...options }, log);
  const times = quick ? 2 : repetitions;
  const stack = (orchestras: number, ups: number) => () =>
    measureEngine(toolchain, orchestras, { repetitions: times, ups, log });
  const work: Record<Part, () => Promise<Figure[]>> = {
    database: () => measureDatabases(toolchain, quick ? 3 : repetitions),
    start: async () => [await measureStart(toolchain, times)],
    "10": stack(10, quick ? 1 : repetitions),
    // A first `up` of so many takes minutes.
    "100": stack(100, Math.min(3, times)),
    "200": stack(200, 1),
    claim: async () => [await measureClaims(toolchain, { projectWaitMs: wait, repetitions: Math.min(3, times), log })],
  };
  const wanted = chosen.length > 0 ? chosen : parts.slice(0, quick ? 3 : undefined);
  const figures: Figure[] = [];
  for (const part of wanted) {
    log(`== ${part}`);
    figures.push(...(await work[part]()));
    signal.throwIfAborted();
  }
  const regressions = await findRegressions(figures);
  if (write) await writeResults({ machine, figures });
  print(options, { machine, figures, regressions: regressions.map(({ figure }) => figure.id) }, (width) =>
    [
      Object.entries(machine)
        .map(([name, value]) => `${name}: ${value}`)
        .join("; "),
      formatResults(figures, width),
      ...regressions.map(({ figure, landed }) =>
        pc.red(
          `${figure.title}: ${figure.ratio} times the peer's time, expected less than twice the landed ${landed}.`,
        ),
      ),
    ].join("\n"),
  );
  process.exitCode = regressions.length > 0 ? 1 : 0;
}
async function benchFleets(
  toolchain: Toolchain,
  machine: Record<string, string>,
  sizes: readonly Size[],
  { write, ...options }: { write: true | undefined } & OutputOptions,
  log: (line: string) => void,
): Promise<void> {
  const fleets: FleetRun[] = [];
  for (const size of sizes) fleets.push(await measureFleet(toolchain, size, log));
  const exponents = findExponents(fleets);
  if (write) await writeResults({ machine, fleets, exponents });
  print(options, { machine, fleets, exponents }, (width) => formatFleets(fleets, exponents, width));
}

/** Reads "20x50", stacks × orchestras of each; commander collects them. */
function parseSize(text: string, before: Size[] = []): Size[] {
  const [, stacks, orchestras] = /^([1-9]\d?)x([1-9]\d?\d?)$/.exec(text) ?? [];
  if (orchestras === undefined) throw new InvalidArgumentError("Expected stacks × orchestras, such as 20x50.");
  return [...before, { stacks: Number(stacks), orchestras: Number(orchestras) }];
}

function describeMachine({ version, source, providers }: Toolchain): Record<string, string> {
  const load = loadavg()[0]!.toFixed(1);
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${arch()}`,
    "load before": load,
    node: process.versions.node,
    pulumi: `${version} (${source})`,
    providers,
  };
}
