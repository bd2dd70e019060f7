import { readFile } from "node:fs/promises";
import path from "node:path";

import { withClient } from "../../infra/database/connection/connection.ts";
import type { CloudSettings } from "../../local/cloud/settings.ts";
import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { findLeaksIn } from "./findLeaks.ts";
import { readTree, sampleArguments } from "./lookAround.ts";
import { pickSecrets } from "./pickSecrets.ts";

/** Collects the output of a suite's runs, and searches it for secrets at the suite's end. */
export interface LeakWatch {
  /** @param text what a run said, or a function that tells it at the end */
  hear(what: string, text: string | (() => string)): void;
  /** Does work with a secret among its arguments on purpose, and does not look at arguments meanwhile. */
  unwatched<T>(work: () => Promise<T>): Promise<T>;
  /** Learns the secrets that the stacks hold now, before they go. */
  learn(): Promise<void>;
  /**
   * Looks for every secret of every stack in all output, in state, its backups and history, in the stack files, in backups, in
   * the local cloud's log, in the audit table and in the arguments of processes.
   *
   * @throws with each leak: where, which secret, in what form; never its value
   */
  end(): Promise<void>;
}

interface Watched {
  dir: string;
  cloud: CloudSettings;
  env: Record<string, string>;
}

/**
 * Starts the watch, so that a look at the output follows all that a suite injects. It does not know secrets that no state holds any
 * more at the end, such as passwords of before a rotation, and what a test calls without the engine.
 */
export function watchLeaks({ dir, cloud, env }: Watched): LeakWatch {
  const said: [string, string | (() => string)][] = [];
  const argv = new Set<string>();
  const secrets = ownSecrets(cloud);
  let isWatching = true;
  const sampler = setInterval(() => isWatching && sampleArguments(argv), 250).unref();

  const learn = async () => {
    for (const [name, value] of Object.entries(await readStates(dir, env)))
      if (!Object.values(secrets).includes(value)) secrets[name in secrets ? `${name}, later` : name] = value;
  };
  const readSaid = () =>
    said.map(([what, text], n): [string, string] => [`${n} ${what}`, typeof text === "string" ? text : text()]);
  const readKept = async () => {
    const folders = [path.join(cloud.dir, "pulumi"), path.join(dir, "stacks"), path.join(dir, "backups")];
    const files = (await Promise.all(folders.map((folder) => readTree(folder).catch(() => [])))).flat();
    files.push(path.join(cloud.dir, "cloud.log"));
    return Promise.all(files.map(async (file): Promise<[string, string]> => [file, await readFile(file, "utf8")]));
  };
  return {
    hear: (what, text) => void said.push([what, text]),
    async unwatched(work) {
      isWatching = false;
      try {
        return await work();
      } finally {
        isWatching = true;
      }
    },
    learn,
    async end() {
      clearInterval(sampler);
      await learn();
      const texts = {
        ...Object.fromEntries([...readSaid(), ...(await readKept())]),
        "the audit table": await readAudit(cloud),
        "processes' arguments": [...argv].join("\n"),
      };
      const leaks = findLeaksIn(texts, secrets).map(
        ({ where, secret, form, at }) => `${secret}, ${form}, in ${where} at ${at}`,
      );
      if (leaks.length > 0) throw new Error(`Secrets came out:\n${leaks.join("\n")}`);
    },
  };
}

function ownSecrets({ tokens, mainDatabase }: CloudSettings): Record<string, string> {
  return {
    "Supabase's token": tokens.supabase,
    "Cloudflare's token": tokens.cloudflare,
    "main database's password": mainDatabase.password,
  };
}

/** Reads the secrets of all stacks of the backend. */
async function readStates(dir: string, env: Record<string, string>): Promise<Record<string, string>> {
  const pulumi = async (...args: string[]) => {
    const options = { cwd: dir, env: { ...process.env, ...env } };
    return JSON.parse(await readPulumi([...args, "--non-interactive"], options)) as unknown;
  };
  const stacks = (await pulumi("stack", "ls", "--json")) as { name: string }[];
  const secrets: Record<string, string> = {};
  for (const { name } of stacks)
    Object.assign(secrets, pickSecrets(await pulumi("stack", "export", "--show-secrets", "--stack", name), name));
  return secrets;
}

/** Reads the audit table. The main database may be away, or have no such table yet. */
async function readAudit({ mainDatabase }: CloudSettings): Promise<string> {
  return withClient({ ...mainDatabase }, async (client) => {
    const { rows: found } = await client.query<{ there: boolean }>(
      "SELECT to_regclass('stagesub.audit') IS NOT NULL AS there",
    );
    if (!found[0]?.there) return "";
    const { rows } = await client.query<{ row: string }>("SELECT a::text AS row FROM stagesub.audit a");
    return rows.map(({ row }) => row).join("\n");
  });
}
