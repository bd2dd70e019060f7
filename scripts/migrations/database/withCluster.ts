import { randomBytes, randomInt } from "node:crypto";
import path from "node:path";
import type { Connection } from "../../../infra/database/connection/connection.ts";
import { withTempFolder } from "../../../infra/util/withTempFolder.ts";
import { projectOwner } from "../../../local/cloud/cluster/projects.ts";
import { removeCluster, startCluster } from "../../../local/cloud/cluster/startCluster.ts";
import { isPortFree } from "../../../local/cloud/ports.ts";

/** Creates an empty database like a new Supabase project's, and returns its owner's connection. */
export type CreateDatabase = () => Promise<Connection>;

/** Runs some work with a throw-away PostgreSQL on a free port, and removes it, also if `signal` ends the work. */
export async function withCluster<T>(
  signal: AbortSignal | undefined,
  work: (createDatabase: CreateDatabase, folder: string) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  return withTempFolder("stagesub-migrations", async (folder) => {
    const dir = path.join(folder, "cluster");
    try {
      const cluster = await startCluster({
        ...{ dir, port: await findPort(), id: randomName(), superuserPassword: randomName(), durable: false },
        log: () => undefined,
      });
      const createDatabase = async () => {
        const [ref, password] = [`review${randomName().slice(0, 14)}`, randomName()];
        await cluster.createProject(ref, password);
        return { host: "127.0.0.1", port: cluster.port, user: projectOwner(ref), password, database: ref };
      };
      return await untilAborted(signal, () => work(createDatabase, folder));
    } finally {
      await removeCluster(dir);
    }
  });
}

/** Rejects when `signal` aborts. Unfinished work fails by itself once its server has stopped. */
async function untilAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work();
  signal.throwIfAborted();
  return Promise.race([
    work(),
    new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
    ),
  ]);
}

/** Finds a free port below the range from which the kernel serves outgoing connections. */
async function findPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_240, 32_000);
    if (await isPortFree(port)) return port;
  }
}

function randomName(): string {
  return randomBytes(16).toString("hex");
}
