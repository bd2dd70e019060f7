import { arch, cpus, loadavg, platform, totalmem } from "node:os";
import { Command } from "commander";

import { errorPc, pc } from "./cli/colours.ts";
import { ensureToolchain, type Toolchain } from "../local/toolchain/ensureToolchain.ts";
import { formatClaims, summarize } from "./bench/formatClaims.ts";
import { measureClaims } from "./bench/measureClaims.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { parseCount, parseDuration } from "./cli/parseOption.ts";
import { jsonOption, type OutputOptions, outputOption, print } from "./cli/output.ts";

/** A claim is to be at least this many times faster than a project, at the wait that a real project has. */
const wantedRatio = 20;

interface Options extends OutputOptions {
  wait: number;
  repetitions: number;
}

/** Returns `bench`. */
export function benchCommand(): Command {
  return new Command("bench")
    .description(
      "How long a new orchestra takes, from the start of `pulumi up` until its own name shows its login page: one that claims a " +
        "waiting database of the pool beside one with a Supabase project of its own, on a local cloud of the benchmark's own. " +
        `Exit code 0 if the claim is at least ${wantedRatio} times faster (median), 1 if not. Each repetition takes twice the wait and a little.`,
    )
    .option("--wait <duration>", "how long a new Supabase project takes: 90s, 2m", parseDuration, 120_000)
    .option("--repetitions <number>", "how often each kind is measured", parseCount(99), 3)
    .addOption(outputOption())
    .addOption(jsonOption())
    .action(bench);
}

async function bench({ wait, repetitions, ...options }: Options): Promise<void> {
  const log = (line: string) => console.error(errorPc.dim(line));
  // Ctrl-C reaches `pulumi` as well: its run fails, and the cloud and its folder are taken away.
  const signal = awaitInterruption();
  const toolchain = await ensureToolchain({ log, signal });
  const machine = describeMachine(toolchain);
  const measured = await measureClaims(toolchain, { projectWaitMs: wait, repetitions, log });
  const summary = summarize(measured);
  const ok = summary.ratio.median >= wantedRatio;
  const data = { ok, wantedRatio, waitSeconds: wait / 1_000, machine, ...measured, summary };
  print(options, data, (width) => {
    const { fleet, state } = measured;
    const { median, min, max } = summary.ratio;
    const verdict = `A claim is ${median.toFixed(1)} times faster (${min.toFixed(1)} to ${max.toFixed(1)}); expected: ${wantedRatio} times or more.`;
    return [
      `A new orchestra, in a stack of ${fleet.orchestras} orchestras and ${fleet.spares} free pool databases; a new project takes ${wait / 1_000} s.`,
      Object.entries(machine)
        .map(([what, value]) => `${what}: ${value}`)
        .join("; "),
      formatClaims(measured, summary, width),
      `In Pulumi's state each orchestra is ${state.resources} resources and ${(state.bytes / 1_000).toFixed(1)} KB.`,
      ok ? pc.green(verdict) : pc.red(verdict),
    ].join("\n");
  });
  process.exitCode = ok ? 0 : 1;
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
