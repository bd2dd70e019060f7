import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { UserError } from "../../infra/errors.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import type { Toolchain } from "../../local/toolchain/ensureToolchain.ts";
import { commandParts } from "./copyProgram.ts";
import { withBenchCloud } from "./withBenchCloud.ts";
import { type FleetSize, writeFleet } from "./writeFleet.ts";

/** The time and the space of a fleet: stacks that share one main database, on one machine and one local cloud. */
export interface FleetRun {
  stacks: number;
  /** Of all stacks. */
  orchestras: number;
  /** The commands' seconds. */
  seconds: Record<string, number>;
  /** The most memory that the machine used meanwhile beyond what it used before, the local cloud and its databases included. */
  megabytes: number;
  /** All stacks' states. */
  stateMegabytes: number;
}

/** The new migration that every orchestra gets. */
const migration = `-- Up Migration
ALTER TABLE "User" ADD COLUMN nickname text;

-- Down Migration
ALTER TABLE "User" DROP COLUMN nickname;
`;

/** Makes, previews, migrates, drifts, verifies and reports a fleet, and times each command. */
export async function measureFleet(
  toolchain: Toolchain,
  { stacks, orchestras }: Omit<FleetSize, "name">,
  log: (line: string) => void,
): Promise<FleetRun> {
  return withBenchCloud(
    toolchain,
    async ({ program, env: ownEnv, settings }) => {
      const env = { ...process.env, ...ownEnv };
      const names = await writeFleet(program, { name: "fleet", stacks, orchestras }, env);
      const seconds: Record<string, number> = {};
      const run = async (step: string, ...args: string[]) => {
        const start = performance.now();
        const { code, output } = await runProgram(path.join(program, "stagesub"), args, { cwd: program, env });
        if (code !== 0)
          throw new UserError("program-failed", `./stagesub ${args.join(" ")} ended with ${code}:\n${output}`);
        seconds[step] = Math.round((performance.now() - start) / 100) / 10;
        log(`${stacks} × ${orchestras}: ${step}: ${seconds[step]} s`);
      };
      const memory = await watchMemory();
      // The others may not migrate before the first one.
      const canary = ["--canary", names[0]!];
      await run("up, new", "fleet", "up", "fleet-*", ...canary, "--yes");
      await run("preview, no change", "fleet", "preview", "fleet-*");
      await run("up, no change", "fleet", "up", "fleet-*", ...canary, "--yes");
      await writeFile(path.join(program, "migrations/orchestra/0012_nickname.sql"), migration);
      await run("schema file", "migrations", "--write");
      await run("up, one migration", "fleet", "up", "fleet-*", ...canary, "--yes");
      // Supabase's limits decide the time of a refresh, so it is left out: docs/fleet.md has the arithmetic.
      await run("drift", "fleet", "drift", "fleet-*");
      // The local cloud's app shares the processors: it answers the sign-ins of two stacks in time, and not of four.
      await run("verify", "fleet", "verify", "fleet-*", "--parallel", "2");
      await run("status", "fleet", "status", "fleet-*");
      await run("report of one stack", "report", "--stack", names[0]!, "--file", "report.html");
      const megabytes = memory.stop();
      const folder = path.join(statePaths(settings.dir).pulumi, ".pulumi/stacks/stagesub");
      const sizes = (await readdir(folder))
        .filter((name) => name.endsWith(".json"))
        .map(async (name) => (await stat(path.join(folder, name))).size);
      const bytes = (await Promise.all(sizes)).reduce((all, one) => all + one, 0);
      return {
        stacks,
        orchestras: stacks * orchestras,
        seconds,
        megabytes,
        stateMegabytes: Math.round(bytes / 1e4) / 100,
      };
    },
    commandParts,
  );
}

/** Returns by command how its time grows: seconds ~ orchestras ^ exponent, the slope of the logarithms. */
export function findExponents(runs: readonly FleetRun[]): Record<string, number> {
  const slope = (points: [number, number][]) => {
    const mean = (values: number[]) => values.reduce((all, one) => all + one, 0) / values.length;
    const [x, y] = [mean(points.map(([size]) => size)), mean(points.map(([, value]) => value))];
    const covariance = mean(points.map(([size, value]) => (size - x) * (value - y)));
    return covariance / mean(points.map(([size]) => (size - x) ** 2));
  };
  const figures = (run: FleetRun) => ({ ...run.seconds, memory: run.megabytes, state: run.stateMegabytes });
  const exponents = Object.keys(figures(runs[0]!)).map((name) => {
    const points = runs.map((run): [number, number] => [
      Math.log(run.orchestras),
      Math.log(figures(run)[name as "memory"]),
    ]);
    return [name, Math.round(slope(points) * 100) / 100];
  });
  return Object.fromEntries(exponents) as Record<string, number>;
}

/** Looks each second at the memory that is free. */
async function watchMemory(): Promise<{ stop: () => number }> {
  const available = async () => {
    const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile("/proc/meminfo", "utf8")) ?? [];
    return Number(kilobytes) / 1_000;
  };
  const before = await available();
  let least = before;
  const look = () => void available().then((now) => (least = Math.min(least, now)));
  // After an error nobody stops the timer, which must not keep the process alive.
  const timer = setInterval(look, 1_000).unref();
  return {
    stop: () => {
      clearInterval(timer);
      return Math.round(before - least);
    },
  };
}
