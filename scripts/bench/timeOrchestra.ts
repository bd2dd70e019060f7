import { setTimeout as sleep } from "node:timers/promises";

import { addOrchestra } from "../stack/editStackFile.ts";
import { planStackText } from "../stack/stackFile.ts";
import { checkPage } from "../fleet/verify/checkPage.ts";
import { askForAddress, openNameServers } from "../fleet/verify/checkName.ts";
import type { BenchCloud } from "./withBenchCloud.ts";
import { UserError } from "../../infra/errors.ts";

/** The source of a new orchestra's database: a spare of the pool, or a Supabase project of its own. */
export type Kind = "claim" | "project";

/** Between two looks at the page, in milliseconds. */
const pause = 50;

/**
 * Adds an orchestra to the stack file, runs `pulumi up`, and looks at the orchestra's name until it shows a login page.
 *
 * @returns the seconds from the start of `pulumi up` to that page
 */
export async function timeOrchestra(cloud: BenchCloud, kind: Kind, id: string): Promise<number> {
  const before = await cloud.readStack();
  const entry = { id, name: id, contact: { name: "Orkesterkontoret", email: `${id}@example.se` }, since: "2026-11-22" };
  const spare = planStackText("local", before).pool.find(({ state }) => state.kind === "free");
  if (!spare)
    throw new UserError(
      "step-failed",
      "Expected a spare database in the benchmark's stack, found none. Raise stagesub:pool.spares.",
    );
  await cloud.writeStack(addOrchestra(before, kind === "claim" ? { ...entry, database: spare.name } : entry));

  const { host } = planStackText("local", await cloud.readStack()).orchestras.find((orchestra) => orchestra.id === id)!;
  const start = performance.now();
  const seconds = () => Math.round(performance.now() - start) / 1_000;
  const ended = new AbortController();
  const up = cloud.up().finally(() => ended.abort());
  const [page] = await Promise.all([waitForPage(cloud, host, seconds, ended.signal), up]);
  return page;
}

async function waitForPage(
  { settings: { ports } }: BenchCloud,
  host: string,
  seconds: () => number,
  ended: AbortSignal,
): Promise<number> {
  const dns = `127.0.0.1:${ports.dns}`;
  const { public: resolver } = openNameServers(host, { zone: dns, public: dns });
  for (;;) {
    // Read before the look: what `up` has made by its end is there for the look that follows it.
    const last = ended.aborted;
    const addresses = await askForAddress(resolver, host);
    const address = addresses?.[0];
    if (address !== undefined) {
      const { state } = await checkPage({ host, url: `http://${host}:${ports.app}` }, address);
      if (state === "ok") return seconds();
    }
    if (last) throw new UserError("step-failed", `Expected a login page at ${host} after \`pulumi up\`, got none.`);
    await sleep(pause);
  }
}
