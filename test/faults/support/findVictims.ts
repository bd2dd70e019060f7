import { readdir, readFile, readlink } from "node:fs/promises";

import { readCommand } from "../../../local/cloud/processes.ts";

/** The processes and sessions that may die, or be interrupted, in the middle of a run. */
export type Victim =
  | "CLI"
  | "language host"
  | "program"
  | "dynamic provider"
  | "Supabase provider"
  | "Cloudflare provider"
  | "database session"
  | "database backend"
  | "PostgreSQL"
  | "local cloud"
  | "Ctrl-C"
  | "Ctrl-C twice";

/** By their command lines, whether Pulumi's own programs run or this repository's stand-ins. */
const parts: [Victim, RegExp][] = [
  ["language host", /language-host\.mjs|pulumi-language-nodejs/],
  ["program", /@pulumi\/pulumi\/cmd\/run/],
  ["dynamic provider", /pulumi-resource-pulumi-nodejs|cmd\/dynamic-provider/],
  ["Supabase provider", /\/supabase\.mjs|terraform-provider/],
  ["Cloudflare provider", /\/cloudflare\.mjs|pulumi-resource-cloudflare/],
];

/** Finds the processes of a `pulumi` run that are alive now, the CLI's own among them. */
export async function findRunProcesses(cli: number): Promise<Map<Victim, number>> {
  const found = new Map<Victim, number>();
  if ((await readCommand(cli)) !== "") found.set("CLI", cli);
  for (const pid of await listDescendants(cli)) {
    const command = await readCommand(pid);
    const [victim] = parts.find(([, pattern]) => pattern.test(command)) ?? [];
    if (victim) found.set(victim, pid);
  }
  return found;
}

async function listDescendants(ancestor: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // `pid (command) state ppid …`: a command may hold blanks and brackets.
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => undefined);
    if (stat !== undefined) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 4).split(" ")[0]));
  }
  const isDescendant = (pid: number | undefined): boolean =>
    pid !== undefined && (parents.get(pid) === ancestor || isDescendant(parents.get(pid)));
  return [...parents.keys()].filter((pid) => isDescendant(pid));
}

/** Lists processes that work in a folder, such as the leftovers of a run. */
export async function listProcessesIn(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => "")));
  return pids.filter((_, index) => `${places[index]}/`.startsWith(`${folder}/`));
}
