import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { parseDocument } from "yaml";

import { nameStackFile } from "../../infra/config/parseSource.ts";
import { readProgram } from "../../infra/util/runProgram.ts";
import { zone } from "../../local/cloud/cloudflare/zone.ts";
import { addOrchestra } from "../stack/editStackFile.ts";

export interface FleetSize {
  /** "fleet" makes fleet-1, fleet-2, … under fleet.stagesub.localhost. */
  name: string;
  stacks: number;
  /** Orchestras of each stack. */
  orchestras: number;
}

/**
 * Makes a fleet of the local cloud: stacks that share one main database and one domain, their orchestras o1-1, o1-2, … o2-1, … Each stack is
 * made by `./stagesub init`; the first one proves the migrations of the others.
 *
 * @param program the folder of Pulumi.yaml
 * @param env an environment that leads to the local cloud: STAGESUB_LOCAL_DIR
 * @returns the stacks' names
 */
export async function writeFleet(program: string, fleet: FleetSize, env: NodeJS.ProcessEnv): Promise<string[]> {
  const base = await readFile(path.join(program, nameStackFile("local")), "utf8");
  const names = Array.from({ length: fleet.stacks }, (_, index) => `${fleet.name}-${index + 1}`);
  for (const [index, stack] of names.entries()) {
    await writeFile(path.join(program, nameStackFile(stack)), stackText(base, fleet, index + 1));
    await readProgram(path.join(program, "stagesub"), ["init", stack], { cwd: program, env });
  }
  return names;
}

/** Returns the local stack's file with other orchestras, without spares, a key and the salt that decrypts it. */
function stackText(base: string, { name, orchestras }: FleetSize, number: number): string {
  const document = parseDocument(base);
  for (const key of [["encryptionsalt"], ["config", "stagesub:key"]]) document.deleteIn(key);
  document.setIn(["config", "stagesub:domain"], `${name}.${zone.name}`);
  const ids = Array.from({ length: orchestras }, (_, index) => `o${number}-${index + 1}`);
  return replaceOrchestras(String(document), ids, number > 1 ? { staging: { stack: `${name}-1` } } : {});
}

/**
 * Returns a stack file's text with other orchestras, each with a project of its own, and without spares.
 *
 * @param rollout keys of `stagesub:rollout` beside the canary, the first orchestra
 */
export function replaceOrchestras(text: string, ids: readonly string[], rollout: object = {}): string {
  const document = parseDocument(text);
  const set = (key: string, value: unknown) =>
    document.setIn(["config", `stagesub:${key}`], document.createNode(value));
  set("pool", { spares: 0, max: 1 });
  set("rollout", { canary: [ids[0]], ...rollout });
  set("orchestras", {});
  const entries = ids.map((id) => ({
    ...{ id, name: `Orchestra ${id}`, since: "2026-11-22" },
    contact: { name: "Orkesterkontoret", email: `${id}@example.se` },
  }));
  return entries.reduce(addOrchestra, document.toString({ lineWidth: 0 }));
}
