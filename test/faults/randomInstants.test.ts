import { cp, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Engine, startEngine } from "../support/engine.ts";
import { loseState } from "../support/loseState.ts";
import { findRunProcesses, type Victim } from "./support/findVictims.ts";
import { chooseSeeds, draw } from "./support/instants.ts";
import { killVictim, listSessions } from "./support/killVictim.ts";
import { readEndState } from "./support/readEndState.ts";
import { reportFigures } from "./support/reportFigures.ts";
import { converge, expectDone } from "./support/steps.ts";

const small = { orchestras: ["malmo"], spares: 1 };
const seeds = chooseSeeds({ all: 200, few: 12 });

/** The outcome of one instant. */
interface Outcome {
  seed: number;
  /** Undefined: the run had ended before. */
  victim: Victim | undefined;
  afterSteps: number;
  moreMs: number;
  /** Pulumi asked for `pulumi cancel` first. */
  lockLeft: boolean;
  /** Pulumi warned of resources whose end it could not write down. */
  warned: boolean;
  converged: boolean;
}

/**
 * A whole `pulumi up`, from nothing or of a change, in which one process is killed at a random instant; then the state is left as it is, deleted, or
 * replaced by the one from before the change; then what a user does: `pulumi up`, after `pulumi cancel` where Pulumi asks for it. The instant comes from the seed: so many steps of the run, and a part of a second more.
 * It does not prove what the official providers do when they die, nor what a machine's power cut does to the disk.
 */
describe.each(["left as it is", "deleted", "the one from before"] as const)(
  "a run that is killed at a random instant, its state then %s",
  (fate) => {
    const outcomes: Outcome[] = [];
    let clean: object;
    let usualSteps: number;
    const started = Date.now();

    beforeAll(async () => {
      const { engine, stop } = await startEngine(small);
      try {
        await prepare(engine, fate);
        const run = await engine.up();
        expectDone(run);
        usualSteps = countSteps(run.output);
        clean = await readEndState(engine);
      } finally {
        await stop();
      }
    });

    it.each(seeds)("converges at the next one, and nothing exists twice: seed %i", async (seed) => {
      const { engine, stop } = await startEngine(small);
      const outcome: Outcome = { seed, ...noOutcome };
      outcomes.push(outcome);
      try {
        const before = await prepare(engine, fate);
        Object.assign(outcome, await killAtInstant(engine, seed, usualSteps));
        if (fate === "deleted") await loseState(engine);
        await before?.putBack();
        Object.assign(outcome, await converge(engine));
        expect(await readEndState(engine)).toEqual(clean);
        outcome.converged = true;
      } catch (error) {
        // A sweep takes an hour: why one is lost is wanted before its end.
        console.error((error as Error).message);
        throw error;
      } finally {
        console.log(JSON.stringify(outcome));
        await stop();
      }
    });

    afterAll(async () => {
      const injected = outcomes.filter(({ victim }) => victim !== undefined);
      const count = (list: Outcome[]) => ({
        injected: list.length,
        converged: list.filter(({ converged }) => converged).length,
        lost: list.filter(({ converged }) => !converged).length,
        lockLeft: list.filter(({ lockLeft }) => lockLeft).length,
        warned: list.filter(({ warned }) => warned).length,
      });
      const victims = [...new Set(injected.map(({ victim }) => victim!))].sort();
      const figures = {
        seeds: seeds.length,
        tooLate: outcomes.length - injected.length,
        ...count(injected),
        seconds: Math.round((Date.now() - started) / 1000),
        failedSeeds: outcomes.filter(({ converged }) => !converged).map(({ seed }) => seed),
        victims: Object.fromEntries(
          victims.map((name) => [name, count(injected.filter(({ victim }) => victim === name))]),
        ),
      };
      await reportFigures(`random-instants-${fate.replaceAll(" ", "-")}`, figures);
    });
  },
);

type Fate = "left as it is" | "deleted" | "the one from before";

/** Prepares a state from before: provisions a smaller stack, keeps its state, and changes the stack file, with new passwords too. */
async function prepare(engine: Engine, fate: Fate): Promise<{ putBack: () => Promise<void> } | undefined> {
  if (fate !== "the one from before") return undefined;
  const file = "stacks/Pulumi.local.yaml";
  await engine.checkout.edit(file, "spares: 1", "spares: 0");
  expectDone(await engine.up());
  await engine.checkout.edit(file, "spares: 0", "spares: 1");
  await engine.checkout.edit(file, 'since: "2026-09-01"', 'since: "2026-09-01"\n      passwordVersion: 2');
  const folder = path.join(new URL(engine.env["PULUMI_BACKEND_URL"]!).pathname, ".pulumi");
  await cp(folder, `${folder}-before`, { recursive: true });
  return {
    putBack: async () => {
      await rm(folder, { recursive: true });
      await cp(`${folder}-before`, folder, { recursive: true });
    },
  };
}

const noOutcome = { victim: undefined, afterSteps: 0, moreMs: 0, lockLeft: false, warned: false, converged: false };

/** Counts the lines that a run prints at the start and end of steps: the same for each run of one stack file, however fast. */
function countSteps(output: string): number {
  return output.match(/ (creating|created|reading|read) \(/g)?.length ?? 0;
}

/** The longest that an instant lies behind a step, and behind the start where it is to lie before the first. */
const [stepMs, startMs] = [500, 5_000];

/** Kills one of the processes that are alive at the seed's instant, and waits for the run's end. */
async function killAtInstant(engine: Engine, seed: number, usualSteps: number): Promise<Partial<Outcome>> {
  const run = engine.start("up", "--yes", "--skip-preview");
  const afterSteps = Math.floor(draw("steps", seed) * usualSteps);
  const moreMs = Math.round(draw("more", seed) * (afterSteps === 0 ? startMs : stepMs));
  const hasEnded = run.ended.then(() => true);
  while (countSteps(run.output()) < afterSteps && !(await Promise.race([hasEnded, sleep(10, false)])));
  await sleep(moreMs);
  const processes = await findRunProcesses(run.pid);
  if (!processes.has("CLI")) return { afterSteps, moreMs };
  const sessions = (await listSessions(engine.cloud)).length > 0;
  const alive: Victim[] = [
    ...processes.keys(),
    ...(sessions ? (["database session", "database backend"] as const) : []),
    "PostgreSQL",
    "local cloud",
    "Ctrl-C",
    "Ctrl-C twice",
  ];
  const victim = alive[Math.floor(draw("victim", seed) * alive.length)]!;
  await killVictim(victim, processes, engine.cloud);
  await withinMinutes(5, run.ended, () => run.output());
  return { victim, afterSteps, moreMs };
}

async function withinMinutes<T>(minutes: number, work: Promise<T>, output: () => string): Promise<T> {
  const late = sleep(minutes * 60_000, undefined, { ref: false }).then(() => {
    throw new Error(`The run did not end within ${minutes} minutes:\n${output()}`);
  });
  return Promise.race([work, late]);
}
