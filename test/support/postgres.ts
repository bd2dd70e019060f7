import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll } from "vitest";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { removeCluster, startCluster, type RunningCluster } from "../../local/cloud/cluster/startCluster.ts";
import { projectOwner } from "../../local/cloud/cluster/projects.ts";
import { makeClusterFolder } from "./clusterFolder.ts";
import { findFreePorts } from "./freePorts.ts";

export interface Postgres {
  /** Returns the running server, for statements that only a superuser may run. */
  cluster(): RunningCluster;
  /** Creates a database like that of a new Supabase project. The user owns it, may make roles, and is not a superuser. */
  createDatabase(): Promise<Connection>;
}

/** Starts one PostgreSQL 17 on a free port for a describe block or a file; stops and removes it afterwards. */
export function usePostgres(): Postgres {
  let running: { cluster: RunningCluster; dir: string } | undefined;
  beforeAll(async () => {
    const dir = await makeClusterFolder("stagesub-postgres-");
    const [port] = await findFreePorts(1);
    const cluster = await startCluster({
      dir,
      port: port!,
      id: randomId(),
      superuserPassword: randomId(),
      durable: false,
      log: () => undefined,
    });
    running = { cluster, dir };
  });
  afterAll(async () => {
    if (!running) return;
    await removeCluster(running.dir);
    await rm(running.dir, { recursive: true, force: true });
  });

  const cluster = () => {
    if (!running) throw new Error("PostgreSQL runs only inside tests and hooks, not while they are collected.");
    return running.cluster;
  };
  return {
    cluster,
    async createDatabase() {
      const [ref, password] = [`test${randomId().slice(0, 16)}`, randomId()];
      await cluster().createProject(ref, password);
      return { host: "127.0.0.1", port: cluster().port, user: projectOwner(ref), password, database: ref };
    },
  };
}

function randomId(): string {
  return randomBytes(16).toString("hex");
}
