import type { Toolchain } from "../../local/toolchain/ensureToolchain.ts";
import { planStackText } from "../stack/stackFile.ts";
import { type Figure, summarize } from "./compare.ts";
import { type Kind, timeOrchestra } from "./timeOrchestra.ts";
import { withBenchCloud } from "./withBenchCloud.ts";

/**
 * Times a new orchestra that claims a waiting database beside one with a project of its own, in the same stack and the
 * same cloud, each until its own name shows its login page. Which comes first changes with each repetition.
 */
export async function measureClaims(
  toolchain: Toolchain,
  options: { projectWaitMs: number; repetitions: number; log: (line: string) => void },
): Promise<Figure> {
  const { projectWaitMs, repetitions, log } = options;
  return withBenchCloud(toolchain, async (cloud) => {
    log("making the fleet that is there already");
    await cloud.up();
    const plan = planStackText("local", await cloud.readStack());
    const spares = plan.pool.filter(({ state }) => state.kind === "free").length;
    await cloud.waitForProjects(projectWaitMs);
    const pages: Record<Kind, number[]> = { claim: [], project: [] };
    for (let number = 1; number <= repetitions; number++) {
      const order: Kind[] = number % 2 === 1 ? ["claim", "project"] : ["project", "claim"];
      for (const kind of order) {
        const seconds = await timeOrchestra(cloud, kind, `bench-${kind}-${number}`);
        pages[kind].push(Math.round(seconds * 1_000));
        log(`${number}/${repetitions} ${kind}: login page after ${seconds.toFixed(2)} s`);
      }
    }
    const about = { id: "claim", title: "Login page of a claim from the pool", reach: 0.04 };
    return {
      ...summarize(about, { ours: pages.claim, "a project of its own": pages.project }),
      more: { "wait for a project (s)": projectWaitMs / 1_000, orchestras: plan.orchestras.length, spares },
    };
  });
}
