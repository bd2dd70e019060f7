import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

import type { CloudSettings } from "../../../local/cloud/settings.ts";
import { askHealth } from "../../../local/cloud/control/askControl.ts";
import { startLocalCloud } from "../../../local/cloud/supervise/startLocalCloud.ts";
import type { Victim } from "./findVictims.ts";

/** The outage after the cloud was killed. */
const outageMs = 1_000;

/**
 * Kills with SIGKILL, but for a database session, which the server ends as an administrator would. A cloud that was killed
 * is back when this resolves, as after an outage of seconds; PostgreSQL comes back by itself.
 */
export async function killVictim(victim: Victim, processes: Map<Victim, number>, cloud: CloudSettings): Promise<void> {
  if (victim === "database session") {
    await withSuperuser(cloud, (client) => client.query(`SELECT pg_terminate_backend(pid) FROM ${sessions}`));
  } else if (victim === "database backend") {
    for (const pid of await listSessions(cloud)) kill(pid);
  } else if (victim === "PostgreSQL") {
    kill(await findPostmaster(cloud));
  } else if (victim === "local cloud") {
    kill((await askHealth(cloud))!.pid);
    await sleep(outageMs);
    await startLocalCloud({ dir: cloud.dir, log: () => undefined });
  } else if (victim === "Ctrl-C" || victim === "Ctrl-C twice") {
    await interrupt(processes.get("CLI")!, victim === "Ctrl-C twice");
  } else {
    kill(processes.get(victim)!);
  }
}

/** Lists the server processes in which this program is at work. */
export function listSessions(cloud: CloudSettings): Promise<number[]> {
  return withSuperuser(cloud, async (client) => {
    const { rows } = await client.query<{ pid: number }>(`SELECT pid FROM ${sessions}`);
    return rows.map(({ pid }) => pid);
  });
}

const sessions = "pg_stat_activity WHERE application_name LIKE 'stagesub %' AND application_name NOT LIKE '%cloud'";

async function findPostmaster(cloud: CloudSettings): Promise<number> {
  const { rows } = await withSuperuser(cloud, (client) =>
    client.query<{ pid: number }>("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid"),
  );
  return rows[0]!.pid;
}

/** Lends a connection of the superuser of the local cloud's server. */
export async function withSuperuser<T>(
  { ports, cluster }: CloudSettings,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: ports.postgres,
    user: "supabase_admin",
    password: cluster.superuserPassword,
    database: "postgres",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Interrupts as a terminal does. The signal reaches the CLI alone, whose plugins are in groups of their own. */
async function interrupt(cli: number, twice: boolean): Promise<void> {
  kill(cli, "SIGINT");
  if (!twice) return;
  await sleep(300);
  kill(cli, "SIGINT");
}

function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
