import { readFile } from "node:fs/promises";
import path from "node:path";

import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import type { Toolchain } from "../../local/toolchain/ensureToolchain.ts";
import { planStackText } from "../stack/stackFile.ts";
import { type Kind, timeOrchestra, type Timing } from "./timeOrchestra.ts";
import { type BenchCloud, withBenchCloud } from "./withBenchCloud.ts";

/** Both kinds, one after the other. */
export type Repetition = Record<Kind, Timing>;

export interface Measurement {
  /** The stack's size when the first repetition began; each repetition adds two orchestras. */
  fleet: { orchestras: number; spares: number };
  repetitions: Repetition[];
  /** The part of the state that one orchestra with a project of its own takes: resources, and bytes of JSON. */
  state: { resources: number; bytes: number };
}

/**
 * Times a new orchestra that claims a waiting database beside one with a project of its own, in the same stack and the
 * same cloud. Which comes first changes with each repetition.
 */
export async function measureClaims(
  toolchain: Toolchain,
  options: { projectWaitMs: number; repetitions: number; log: (line: string) => void },
): Promise<Measurement> {
  const { projectWaitMs, repetitions, log } = options;
  return withBenchCloud(toolchain, async (cloud) => {
    log("making the fleet that is there already");
    await cloud.up();
    const plan = planStackText("local", await cloud.readStack());
    const spares = plan.pool.filter(({ state }) => state.kind === "free").length;
    await cloud.waitForProjects(projectWaitMs);
    const done: Repetition[] = [];
    for (let number = 1; number <= repetitions; number++) {
      const order: Kind[] = number % 2 === 1 ? ["claim", "project"] : ["project", "claim"];
      const timings: Partial<Repetition> = {};
      for (const kind of order) {
        timings[kind] = await timeOrchestra(cloud, kind, `bench-${kind}-${number}`);
        log(`${number}/${repetitions} ${kind}: login page after ${timings[kind].page.toFixed(2)} s`);
      }
      done.push(timings as Repetition);
    }
    const state = await weighState(cloud, "bench-project-1");
    return { fleet: { orchestras: plan.orchestras.length, spares }, repetitions: done, state };
  });
}

async function weighState({ settings }: BenchCloud, id: string): Promise<Measurement["state"]> {
  const file = path.join(statePaths(settings.dir).pulumi, ".pulumi/stacks/stagesub/local.json");
  const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
  const own = checkpoint.latest.resources.filter(({ urn }) => urn.endsWith(`::${id}`));
  return { resources: own.length, bytes: Buffer.byteLength(own.map((one) => JSON.stringify(one)).join()) };
}

interface Checkpoint {
  checkpoint: { latest: { resources: { urn: string }[] } };
}
